#include "modules/files/representation.h"
#include "modules/files/root.h"
#include "tree.h"

#include <gtest/gtest.h>
#include <string>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace cais::files {
namespace {

Root root_of(const std::string& path)
{
    auto root = Root::open(path);
    EXPECT_TRUE(root) << base::describe(root.error());
    return std::move(*root);
}

// What a path leads to, as text: "" for what can be opened, else the kind of the error.
std::string opened(const Root& root, const std::string& path, Blocking blocking = Blocking::yes)
{
    const auto file = root.open_file(path.c_str(), blocking);
    if (file) return "";
    switch (file.error().kind) {
    case Error::not_found: return file.error().number == 0 ? "nothing" : "not found";
    case Error::denied: return file.error().number == EACCES ? "forbidden" : "denied";
    case Error::too_large: return "too large";
    case Error::busy: return "busy";
    default: return base::describe(file.error());
    }
}

TEST(Root, links_are_followed_only_inside)
{
    const Tree tree;
    tree.file("root/page.html", "x");
    tree.file("root/folder/inner.html", "x");
    tree.file("outside.html", "x");
    tree.link("root/relative", "page.html");
    tree.link("root/folder/up", "../page.html");
    tree.link("root/to-folder", "folder");
    tree.link("root/twice", "to-folder/up");
    tree.link("root/absolute", tree.path("root/page.html"));
    tree.link("root/out", "../outside.html");
    tree.link("root/leaves-and-comes-back", "../root/page.html");
    tree.link("root/folder/leaves", "../../root/page.html");
    tree.link("root/to-absolute", "absolute");
    tree.link("root/absolute-folder", tree.path("root/folder"));
    tree.link("root/nowhere", "missing");
    tree.link("root/itself", "itself");
    tree.link("root/root-of-system", "/");
    const Root root = root_of(tree.path("root"));

    struct Case {
        const char* path;
        const char* want;
    };
    constexpr Case cases[] = {
        {"page.html", ""},
        {".", ""},
        {"relative", ""},
        {"folder/up", ""},
        {"to-folder", ""},
        {"to-folder/inner.html", ""},
        {"to-folder/up", ""},
        {"twice", ""},
        {"absolute", "denied"},
        {"out", "denied"},
        {"leaves-and-comes-back", "denied"},
        {"folder/leaves", "denied"},
        {"to-absolute", "denied"},
        {"absolute-folder/inner.html", "denied"},
        {"root-of-system/etc/passwd", "denied"},
        {"nowhere", "not found"},
        {"itself", "denied"},
        {"missing", "not found"},
        {"missing/page.html", "not found"},
        {"page.html/", "not found"},
        {"page.html/x", "not found"},
        // Such paths never come here; the kernel refuses them all the same.
        {"..", "denied"},
        {"../outside.html", "denied"},
        {"folder/../../outside.html", "denied"},
        {"/etc/passwd", "denied"},
    };
    for (const auto& [path, want] : cases) {
        EXPECT_EQ(opened(root, path), want) << path;
        const int looked = root.look(path);
        EXPECT_EQ(looked >= 0, std::string(want).empty()) << path;
        if (looked >= 0) ::close(looked);
    }
}

TEST(Root, magic_links_are_not_followed)
{
    const Root root = root_of("/proc/self");
    EXPECT_EQ(opened(root, "status"), "");
    for (const char* path : {"root", "root/etc/passwd", "cwd", "exe", "fd/0", "ns/mnt"})
        EXPECT_EQ(opened(root, path), "denied") << path;
}

TEST(Root, names_that_are_too_long_are_refused_and_not_searched_for)
{
    const Tree tree;
    const Root root = root_of(tree.path());
    EXPECT_EQ(opened(root, std::string(256, 'a')), "too large");
    std::string deep;
    while (deep.size() < 5000) deep += "a/";
    EXPECT_EQ(opened(root, deep), "too large");
    EXPECT_EQ(opened(root, deep, Blocking::no), "too large");
}

TEST(Root, what_is_neither_file_nor_folder_is_never_waited_for)
{
    const Tree tree;
    ASSERT_EQ(::mkfifo(tree.path("pipe").c_str(), 0644), 0);
    const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    ASSERT_LT(tree.path("socket").size(), sizeof address.sun_path);
    tree.path("socket").copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::close(socket);

    const Root root = root_of(tree.path());
    EXPECT_EQ(opened(root, "pipe"), "");  // looked at, and closed again
    EXPECT_EQ(opened(root, "socket"), "nothing");
    for (const char* name : {"pipe", "socket"}) {
        for (const auto blocking : {Blocking::no, Blocking::yes}) {
            const auto loaded =
                Representation::load(root, {name, &http::unknown_type, http::ContentCoding::identity, {}}, blocking);
            ASSERT_FALSE(loaded) << name;
            EXPECT_EQ(loaded.error().kind, Error::not_found) << name;
            EXPECT_EQ(loaded.error().number, 0) << name;
        }
    }
    const Root devices = root_of("/dev");
    for (const char* name : {"null", "zero", "tty"}) {
        const auto loaded = Representation::load(
            devices, {name, &http::unknown_type, http::ContentCoding::identity, {}}, Blocking::yes);
        ASSERT_FALSE(loaded) << name;
        EXPECT_EQ(loaded.error().kind, Error::not_found) << name;
    }
}

TEST(Root, what_may_not_be_read_is_forbidden)
{
    const Tree tree;
    tree.file("secret", "x");
    tree.file("closed/page.html", "x");
    ::chmod(tree.path("secret").c_str(), 0600);
    ::chmod(tree.path("closed").c_str(), 0700);
    const AsNobody nobody;
    const Root root = root_of(tree.path());
    EXPECT_EQ(opened(root, "secret"), "forbidden");
    EXPECT_EQ(opened(root, "closed"), "forbidden");
    EXPECT_EQ(opened(root, "closed/page.html"), "forbidden");
}

TEST(Root, is_a_folder_that_can_be_opened)
{
    const Tree tree;
    tree.file("file", "x");
    EXPECT_EQ(Root::open(tree.path("missing")).error().kind, Error::not_found);
    EXPECT_EQ(Root::open(tree.path("file")).error().kind, Error::not_found);
    EXPECT_TRUE(Root::open(tree.path()));
}

}  // namespace
}  // namespace cais::files
