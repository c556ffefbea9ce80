#include "base/base64.h"
#include "io/pool.h"
#include "modules/auth/auth.h"
#include "modules/auth/bearer.h"
#include "modules/auth/digest.h"
#include "trace/log.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

namespace cais::auth {
namespace {

using namespace std::chrono_literals;
using http::Name;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

// "secret" and "other", quick ones.
constexpr const char* secret =
    "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$+v0rf6ETYAIpqJIjJyARZ3W3zqJlkf+0TRXzsLHmR6o";
constexpr const char* other =
    "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdQ$dtuFxBZqpk98KyFg0GSe73vXQ2XnNJJYMkfDRQU6Wk4";

std::string basic(const std::string& name, const std::string& password)
{
    return "Basic " + base::to_base64(name + ":" + password);
}

class NoWire final : public http::Wire {
public:
    io::Task<Result<void>> inform(http::Status, const http::Fields&) override { co_return Result<void>(); }
    io::Task<Result<void>> peer_gone() override { co_return Result<void>(); }
};

class Wrapped final : public http::Handler {
public:
    io::Task<http::Response> handle(http::Request& request) override
    {
        ++asked;
        co_return http::Response(request, http::Status::ok);
    }
    int asked = 0;
};

struct Asked {
    std::vector<std::string> authorization = {};
    const http::Security* security = nullptr;
    http::Method method = http::Method::get;
    std::string target = "/a?b";
    const char* peer = "192.0.2.1:1000";
};

struct Answer {
    int code = 0;
    std::string user;
    std::vector<std::string> challenges;
    std::string retry_after;
};

class Authenticated : public testing::Test {
protected:
    void SetUp() override
    {
        std::string pattern = std::filesystem::temp_directory_path() / "cais-auth-XXXXXX";
        state_ = ::mkdtemp(pattern.data());
        said_before_ = trace::set_sink([this](trace::Level, std::string_view line) { said.emplace_back(line); });
    }
    void TearDown() override
    {
        trace::set_sink(std::move(said_before_));
        std::filesystem::remove_all(state_);
    }

    // As `cais user` does: a new file in the place of the old one.
    void write_users(const std::string& text)
    {
        std::ofstream(state_ + "/users.new") << text;
        ::chmod((state_ + "/users.new").c_str(), 0600);
        std::filesystem::rename(state_ + "/users.new", state_ + "/users");
    }

    // Everything on one loop; a step between two requests may change the file.
    struct Step {
        Asked asked;
        std::function<void()> before = [] {};
    };
    std::vector<Answer> ask(const Config& config, std::vector<Step> steps)
    {
        std::vector<Answer> answers(steps.size());
        run(
            config,
            [](Authenticated& self, http::Handler& handler, std::vector<Step>& all,
               std::vector<Answer>& to) -> io::Task<void> {
                for (std::size_t i = 0; i < all.size(); ++i) {
                    all[i].before();
                    // In a turn of its own, as requests of two connections are.
                    [[maybe_unused]] const bool goes_on = co_await io::sleep_for(1ms);
                    co_await one(self, handler, all[i].asked, to[i]);
                }
            },
            steps, answers);
        return answers;
    }
    Answer ask(const Config& config, Asked asked) { return ask(config, std::vector<Step>{{std::move(asked)}}).front(); }
    // At once.
    std::vector<Answer> ask_together(const Config& config, std::vector<Asked> asked)
    {
        std::vector<Answer> answers(asked.size());
        run(
            config,
            [](Authenticated& self, http::Handler& handler, std::vector<Asked>& all,
               std::vector<Answer>& to) -> io::Task<void> {
                io::Scope scope;
                for (std::size_t i = 0; i < all.size(); ++i) scope.spawn(&one, self, handler, all[i], to[i]);
                co_await scope.end();
            },
            asked, answers);
        return answers;
    }

    template <class Function, class... Arguments>
    void run(const Config& config, Function function, Arguments&... arguments)
    {
        if (!realm) realm = std::make_shared<Realm>(Realm::Settings{state_, "cais", bounds});
        Auth handler(config, realm, wrapped);
        pool_ = std::make_unique<io::Pool>(8);
        loop_.use(*pool_);
        loop_.run(function(*this, handler, arguments...));
        pool_.reset();  // its jobs post to the loop
    }

    static io::Task<void> one(Authenticated&, http::Handler& handler, Asked& asked, Answer& answer)
    {
        base::Arena arena;
        NoWire wire;
        http::Connection connection;
        connection.peer = *io::Address::parse(asked.peer);
        connection.security = asked.security;
        http::Request request(arena, wire);
        request.connection = &connection;
        request.client = connection.peer;
        request.method = asked.method;
        request.method_text = "GET";
        request.target_text = asked.target;
        for (const auto& value : asked.authorization) request.fields.add(Name::authorization, value);
        auto response = co_await handler.handle(request);
        answer.code = http::code_of(response.status);
        answer.user = request.user;
        for (const auto value : response.fields.all(Name::www_authenticate)) answer.challenges.emplace_back(value);
        answer.retry_after = response.fields.one(Name::retry_after).value_or("");
    }

    static Config for_basic() { return with(&Config::basic); }
    static Config with(Allowed Config::* way)
    {
        Config config;
        (config.*way).users = {"ana"};
        (config.*way).groups = {"team"};
        return config;
    }

    Wrapped wrapped;
    Hashing::Bounds bounds;
    std::vector<std::string> said;
    std::shared_ptr<Realm> realm;

private:
    std::string state_;
    io::Loop loop_;
    std::unique_ptr<io::Pool> pool_;
    trace::Sink said_before_;

protected:
    [[nodiscard]] const std::string& state() const { return state_; }
};

TEST_F(Authenticated, s11_6_1_without_credentials_each_way_has_its_challenge)
{
    write_users("");
    Config config = for_basic();
    config.digest.groups = {"team"};
    config.bearer.groups = {"team"};
    const auto answer = ask(config, Asked{});
    EXPECT_EQ(answer.code, 401);
    EXPECT_EQ(answer.user, "");
    EXPECT_THAT(answer.challenges, ElementsAre(StartsWith("Digest realm=\"cais\""), "Bearer realm=\"cais\"",
                                               "Basic realm=\"cais\", charset=\"UTF-8\""));
    EXPECT_EQ(wrapped.asked, 0);
    EXPECT_EQ(realm->hashes, 0u);
}

TEST_F(Authenticated, by_basic_once_hashed_then_remembered)
{
    write_users(std::string("ana password=") + secret);
    const Asked right{{basic("ana", "secret")}};
    const auto answers = ask(for_basic(), {{right}, {right}, {{{basic("ana", "Secret")}}}, {right}});
    EXPECT_EQ(answers[0].code, 200);
    EXPECT_EQ(answers[0].user, "ana");
    EXPECT_EQ(answers[1].code, 200);
    EXPECT_EQ(answers[2].code, 401);
    EXPECT_EQ(answers[2].user, "");
    EXPECT_EQ(answers[3].code, 200);
    EXPECT_EQ(wrapped.asked, 3);
    EXPECT_EQ(realm->hashes, 2u);
}

TEST_F(Authenticated, who_is_not_there_costs_a_hash_too)
{
    write_users(std::string("ana password=") + secret + "\nbob\ncarl password=broken\n");
    for (const char* name : {"nobody", "bob", "carl"}) {
        const auto before = realm ? realm->hashes.load() : 0;
        // From somewhere else each, since failures make the next one wait.
        const std::string peer = std::string("192.0.2.") + std::to_string(name[0]) + ":1";
        EXPECT_EQ(ask(for_basic(), Asked{.authorization = {basic(name, "secret")}, .peer = peer.c_str()}).code, 401);
        EXPECT_EQ(realm->hashes, before + 1) << name;
    }
    EXPECT_THAT(
        said, testing::Contains(HasSubstr("users:3: the stored password is no PHC string; this line lets nobody in")));
}

TEST_F(Authenticated, a_changed_password_counts_at_once_and_the_old_one_is_forgotten)
{
    write_users(std::string("ana password=") + secret);
    const Asked before{{basic("ana", "secret")}};
    const Asked after{{basic("ana", "other")}};
    const auto change = [this] { write_users(std::string("ana password=") + other); };
    const auto answers = ask(for_basic(), {{before}, {after, change}, {before}});
    EXPECT_EQ(answers[0].code, 200);
    EXPECT_EQ(answers[1].code, 200);
    EXPECT_EQ(answers[2].code, 401);
}

TEST_F(Authenticated, who_was_removed_is_out_at_once_though_remembered)
{
    write_users(std::string("ana password=") + secret + " groups=team");
    const Asked ana{{basic("ana", "secret")}};
    const auto answers = ask(for_basic(), {{ana}, {ana}, {ana, [this] { write_users("# nobody\n"); }}});
    EXPECT_EQ(answers[1].code, 200);
    EXPECT_EQ(answers[2].code, 401);
}

TEST_F(Authenticated, known_and_not_allowed_is_403)
{
    write_users(std::string("bob password=") + secret + "\ncarl groups=x,team password=" + secret);
    EXPECT_EQ(ask(for_basic(), Asked{{basic("carl", "secret")}}).code, 200);
    const auto answer = ask(for_basic(), Asked{{basic("bob", "secret")}});
    EXPECT_EQ(answer.code, 403);
    EXPECT_EQ(answer.user, "bob");
    EXPECT_TRUE(answer.challenges.empty());
    EXPECT_EQ(ask(for_basic(), Asked{{basic("bob", "wrong")}}).code, 401) << "who he is has to be shown first";
}

struct Malformed {
    const char* name;
    std::vector<std::string> authorization;
    int code;
};
class Rfc9110Authorization : public Authenticated, public testing::WithParamInterface<Malformed> {};
TEST_P(Rfc9110Authorization, answer)
{
    write_users(std::string("ana password=") + secret);
    EXPECT_EQ(ask(for_basic(), Asked{GetParam().authorization}).code, GetParam().code);
    EXPECT_EQ(realm->hashes, 0u);
}
const Malformed malformed[] = {
    {"s5_3_two_of_them", {basic("ana", "secret"), basic("ana", "secret")}, 400},
    {"s11_4_no_scheme", {"=="}, 400},
    {"no_base64", {"Basic ???"}, 400},
    {"no_colon", {"Basic " + base::to_base64("ana")}, 400},
    {"a_scheme_that_is_not_offered", {"Bearer abc"}, 401},
    {"a_scheme_that_nobody_knows", {"Negotiate abc"}, 401},
    {"no_utf8_is_asked_again", {basic("ana", "\xE4")}, 401},
    {"a_name_that_nobody_has", {basic("", "")}, 401},
};
INSTANTIATE_TEST_SUITE_P(, Rfc9110Authorization, testing::ValuesIn(malformed),
                         [](auto& info) { return info.param.name; });

TEST_F(Authenticated, a_failure_makes_the_next_one_from_there_wait_and_nobody_else)
{
    write_users(std::string("ana password=") + secret);
    const Asked right{{basic("ana", "secret")}};
    const auto began = base::now();
    auto answers = ask(for_basic(), {{right},
                                     {{{basic("ana", "wrong")}}},
                                     {right},
                                     {{.authorization = {basic("bob", "wrong")}, .peer = "192.0.2.9:1"}}});
    EXPECT_EQ(answers[2].code, 200);
    EXPECT_EQ(realm->failures.delay(*io::Address::parse("192.0.2.1:1"), base::now()), 1s);
    EXPECT_EQ(realm->failures.delay(*io::Address::parse("192.0.2.9:1"), base::now()), 1s);
    // The attempt that waits does.
    EXPECT_EQ(ask(for_basic(), Asked{{basic("ana", "wrong")}}).code, 401);
    EXPECT_GE(base::now() - began, 1s);
    EXPECT_EQ(realm->failures.delay(*io::Address::parse("192.0.2.1:1"), base::now()), 2s);
}

TEST_F(Authenticated, many_at_once_are_hashed_few_at_once_and_beyond_that_503)
{
    write_users(std::string("ana password=") + secret);
    bounds = {.at_once = 1, .waiting = 4, .from_one_address = 2};
    std::vector<Asked> many;
    for (const char* peer : {"192.0.2.1:1", "192.0.2.1:2", "192.0.2.1:3", "192.0.2.2:1", "192.0.2.3:1", "192.0.2.4:1"})
        many.push_back({.authorization = {basic("nobody", "secret")}, .peer = peer});
    const auto answers = ask_together(for_basic(), many);
    std::vector<int> codes;
    for (const auto& answer : answers) codes.push_back(answer.code);
    EXPECT_THAT(codes, ElementsAre(401, 401, 503, 401, 401, 503));
    EXPECT_EQ(answers[2].retry_after, "2");
    EXPECT_EQ(realm->hashes, 4u);
    // Room again.
    EXPECT_EQ(ask(for_basic(), Asked{.authorization = {basic("ana", "secret")}, .peer = "192.0.2.7:1"}).code, 200);
}

TEST_F(Authenticated, one_login_over_many_connections_is_hashed_once)
{
    write_users(std::string("ana password=") + secret);
    bounds.at_once = 1;
    const auto answers = ask_together(for_basic(), std::vector<Asked>(10, Asked{{basic("ana", "secret")}}));
    for (const auto& answer : answers) EXPECT_EQ(answer.code, 200);
    EXPECT_EQ(realm->hashes, 1u);
}

TEST_F(Authenticated, by_bearer)
{
    const auto token = make_token();
    User ana;
    ana.name = "ana";
    ana.tokens.push_back({base::Seconds{}, hash_of_token(token.view())});
    write_users(line_of(ana));
    const Asked right{{"bearer " + std::string(token.view())}};
    const auto answers =
        ask(with(&Config::bearer), {{right}, {{{"Bearer nobodys"}}}, {right}, {right, [this] { write_users("ana"); }}});
    EXPECT_EQ(answers[0].code, 200);
    EXPECT_EQ(answers[0].user, "ana");
    EXPECT_EQ(answers[1].code, 401);
    EXPECT_THAT(answers[1].challenges, ElementsAre("Bearer realm=\"cais\", error=\"invalid_token\""));
    EXPECT_EQ(answers[2].code, 200);
    EXPECT_EQ(answers[3].code, 401);
    EXPECT_EQ(ask(with(&Config::bearer), Asked{{"Bearer a b"}}).code, 400);
    EXPECT_EQ(realm->hashes, 0u);
}

TEST_F(Authenticated, by_certificate)
{
    write_users("ana\nbob groups=team\ncarl\n");
    Config config = with(&Config::certificate);
    config.subjects = {"CN=dora,O=Example"};
    config.certificate_digests = {std::string(64, 'a')};
    const std::string_view digest = "bbbb";
    struct {
        const char* subject;
        int code;
        const char* user;
    } cases[] = {{"CN=ana,O=Example", 200, "ana"},   {"O=Example,CN=bob", 200, "bob"}, {"CN=carl", 403, "carl"},
                 {"CN=dora,O=Example", 200, "dora"}, {"CN=dora,O=Other", 403, ""},     {"CN=ana,CN=carl", 403, ""}};
    for (const auto& one : cases) {
        http::Security security;
        security.client_subject = one.subject;
        security.client_digest = digest;
        const auto answer = ask(config, Asked{.security = &security});
        EXPECT_EQ(answer.code, one.code) << one.subject;
        EXPECT_EQ(answer.user, one.user);
    }
    http::Security security;
    EXPECT_EQ(ask(config, Asked{.security = &security}).code, 403) << "none was shown";
    EXPECT_EQ(ask(config, Asked{}).code, 403) << "in the clear";
    const std::string listed(64, 'a');
    security.client_subject = "O=Example";
    security.client_digest = listed;
    EXPECT_EQ(ask(config, Asked{.security = &security}).code, 200);
}

TEST_F(Authenticated, any_one_way_will_do)
{
    write_users(std::string("ana password=") + secret + "\nbob");
    Config config = for_basic();
    config.certificate.users = {"ana"};
    http::Security security;
    security.client_subject = "CN=bob";
    const Asked bob{.security = &security};
    EXPECT_EQ(ask(config, bob).code, 403);
    EXPECT_EQ(ask(config, Asked{.authorization = {basic("ana", "secret")}, .security = &security}).user, "ana");
    security.client_subject = "CN=ana";
    EXPECT_EQ(ask(config, Asked{.authorization = {"Basic broken"}, .security = &security}).code, 200);
    EXPECT_EQ(ask(config, Asked{}).code, 401);
}

TEST_F(Authenticated, a_list_that_cannot_be_read_lets_nobody_in)
{
    write_users(std::string("ana password=") + secret);
    const Asked right{{basic("ana", "secret")}};
    const auto answers = ask(for_basic(), {{right},
                                           {right, [this] { ::chmod((state() + "/users").c_str(), 0644); }},
                                           {right, [this] { ::chmod((state() + "/users").c_str(), 0600); }},
                                           {right, [this] {
                                                std::filesystem::remove(state() + "/users");
                                                std::filesystem::create_directory(state() + "/users");
                                            }}});
    EXPECT_EQ(answers[0].code, 200);
    EXPECT_EQ(answers[1].code, 500);
    EXPECT_EQ(answers[2].code, 200);
    EXPECT_EQ(answers[3].code, 500);
    EXPECT_THAT(said, testing::Contains(HasSubstr(
                          "users: `users` may be read or written by everybody: chmod 600 it; nobody can log in")));
}

TEST_F(Authenticated, no_list_is_one_without_users)
{
    EXPECT_EQ(ask(for_basic(), Asked{{basic("ana", "secret")}}).code, 401);
    EXPECT_THAT(said, ElementsAre(HasSubstr("there are no users yet; `cais user add NAME` makes one")));
}

// Digest: what a client would send to the challenge of an answer.
struct Reply {
    std::string name = "ana";
    std::string password = "secret";
    std::string nonce = {};
    std::string nc = "00000001";
    std::string uri = "/a?b";
    bool is_hashed = false;
};
std::string digest(const Reply& reply)
{
    Digest with;
    with.nonce = reply.nonce;
    with.nc_text = reply.nc;
    with.cnonce = "c";
    with.uri = reply.uri;
    const auto name = reply.is_hashed ? userhash_of(reply.name, "cais") : reply.name;
    return "Digest username=\"" + name + "\", realm=\"cais\", nonce=\"" + reply.nonce + "\", uri=\"" + reply.uri +
           "\", algorithm=SHA-256, qop=auth, nc=" + reply.nc +
           ", cnonce=\"c\", userhash=" + (reply.is_hashed ? "true" : "false") + ", response=\"" +
           digest_response(digest_hash(reply.name, "cais", reply.password), with, "GET") + "\"";
}
std::string nonce_of(const Answer& answer)
{
    const auto& challenge = answer.challenges.at(0);
    const auto begin = challenge.find("nonce=\"") + 7;
    return challenge.substr(begin, challenge.find('"', begin) - begin);
}

class Rfc7616Authenticated : public Authenticated {
protected:
    void SetUp() override
    {
        Authenticated::SetUp();
        User ana;
        ana.name = "ana";
        ana.password = *PasswordHash::parse(secret);
        ana.digest = User::Digest{"cais", digest_hash("ana", "cais", "secret")};
        User bob = ana;
        bob.name = "bob";
        bob.digest->hash = digest_hash("bob", "cais", "secret");
        User carl = ana;
        carl.name = "carl";
        carl.groups = {"team"};
        carl.digest.reset();
        User dora = ana;
        dora.name = "dora";
        dora.groups = {"team"};
        dora.digest = User::Digest{"another", digest_hash("dora", "another", "secret")};
        write_users(line_of(ana) + "\n" + line_of(bob) + "\n" + line_of(carl) + "\n" + line_of(dora));
    }
    Answer by_digest(const Reply& reply)
    {
        return ask(config, Asked{.authorization = {digest(reply)}, .peer = peer.c_str()});
    }
    std::string new_nonce() { return nonce_of(ask(config, Asked{})); }
    static bool is_stale(const Answer& answer)
    {
        return answer.code == 401 && answer.challenges.at(0).contains("stale=true");
    }

    Config config = with(&Config::digest);
    std::string peer = "192.0.2.1:1";
};

TEST_F(Rfc7616Authenticated, s3_4_a_count_is_used_once)
{
    const auto nonce = new_nonce();
    const auto first = by_digest({.nonce = nonce});
    EXPECT_EQ(first.code, 200);
    EXPECT_EQ(first.user, "ana");
    EXPECT_TRUE(is_stale(by_digest({.nonce = nonce}))) << "a replay";
    EXPECT_EQ(by_digest({.nonce = nonce, .nc = "00000002"}).code, 200);
    EXPECT_EQ(realm->hashes, 0u);
}

TEST_F(Rfc7616Authenticated, s3_4_4_userhash)
{
    EXPECT_EQ(by_digest({.nonce = new_nonce(), .is_hashed = true}).user, "ana");
}

TEST_F(Rfc7616Authenticated, s3_3_right_with_a_nonce_that_is_not_ours_is_stale)
{
    EXPECT_TRUE(is_stale(by_digest({.nonce = "of another server"})));
    const auto wrong = by_digest({.password = "wrong", .nonce = "of another server"});
    EXPECT_EQ(wrong.code, 401);
    EXPECT_FALSE(is_stale(wrong));
}

TEST_F(Rfc7616Authenticated, wrong_unknown_and_without_digest_are_the_same)
{
    int host = 2;
    for (const auto& reply :
         {Reply{.password = "wrong"}, Reply{.name = "nobody"}, Reply{.name = "carl"}, Reply{.name = "dora"}}) {
        peer = "192.0.2." + std::to_string(++host) + ":1";
        auto with = reply;
        with.nonce = new_nonce();
        const auto answer = by_digest(with);
        EXPECT_EQ(answer.code, 401) << reply.name;
        EXPECT_FALSE(is_stale(answer));
        EXPECT_EQ(realm->failures.delay(*io::Address::parse(peer), base::now()), 1s);
    }
    EXPECT_EQ(by_digest({.name = "bob", .nonce = new_nonce()}).code, 403);
}

TEST_F(Rfc7616Authenticated, s3_4_6_uri_is_what_is_asked_for)
{
    EXPECT_EQ(by_digest({.nonce = new_nonce(), .uri = "/a"}).code, 400);
    const auto nonce = new_nonce();
    const auto absolute =
        ask(config, Asked{.authorization = {digest({.nonce = nonce})}, .target = "http://example.com/a?b"});
    EXPECT_EQ(absolute.code, 200);
    EXPECT_EQ(ask(config, Asked{.authorization = {digest({.nonce = nonce, .nc = "00000002"})},
                                .target = "http://example.com/b?/a?b"})
                  .code,
              400);
}

TEST_F(Rfc7616Authenticated, a_changed_password_counts_at_once)
{
    const auto nonce = new_nonce();
    EXPECT_EQ(by_digest({.nonce = nonce}).code, 200);
    User ana;
    ana.name = "ana";
    ana.digest = User::Digest{"cais", digest_hash("ana", "cais", "other")};
    write_users(line_of(ana));
    EXPECT_EQ(by_digest({.nonce = nonce, .nc = "00000002"}).code, 401);
    EXPECT_EQ(by_digest({.password = "other", .nonce = nonce, .nc = "00000003"}).code, 200);
}

}  // namespace
}  // namespace cais::auth
