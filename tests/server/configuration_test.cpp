#include "server/configuration.h"

#include <gtest/gtest.h>

namespace cais::server {
namespace {

using namespace std::chrono_literals;

Configuration read(config::Document& document) { return read_configuration(document); }

std::string said_of(const std::string& text)
{
    const auto document = config::Document::of("f", text, configuration_page);
    (void)read(*document);
    std::string all;
    for (const auto& line : document->diagnostics().lines()) all += line + "\n";
    return all;
}

struct Wrong {
    const char* name;
    const char* text;
    const char* said;  // all of it
};

// What is for the whole file, and each table but [[site]]. The site itself is right.
constexpr const char* a_site =
    "\n[[site]]\nhosts = [\"example.com\"]\nroute = [ { path = \"/\", files = \"/srv\" } ]\n";
constexpr Wrong whole_file[] = {
    {"unknown_key", "stae = \"/var/lib/cais\"", "f:1:1: error: unknown key `stae`\n"},
    {"state_empty", "state = \"\"", "f:1:9: error: `state` is empty\n"},
    {"workers_too_many", "workers = 2000", "f:1:11: error: `workers` is a whole number from 0 to 1024\n"},
    {"user_is_a_number", "user = 33", "f:1:8: error: `user` wants text, not a number\n"},
    {"trust_host_bits", "trust = [\"10.0.0.0/8\", \"10.0.0.1/8\"]",
     "f:1:24: error: the address has bits behind its prefix: it is a host of the network, not the network\n"},
    {"trust_no_network", "trust = \"proxy.example\"",
     "f:1:9: error: a network is an address and the length of its prefix: 10.0.0.0/8 or 2001:db8::/32\n"},
    {"email", "[acme]\nemail = \"mailto:ops@example.com\"", "f:2:9: error: `email` is an address: ops@example.com\n"},
    {"directory_plain", "[acme]\ndirectory = \"http://acme.example/directory\"",
     "f:2:13: error: a directory is `letsencrypt`, `staging` or a URL with https://\n"},
    {"directory_twice", "[acme]\ndirectory = [\"letsencrypt\", \"https://acme-v02.api.letsencrypt.org/directory\"]",
     "f:2:29: error: this directory is given a second time\n"},
    {"account_of_another_directory", "[acme]\neab = { \"https://other.example/\" = { id = \"a\", key = \"YQ\" } }",
     "f:2:9: error: this is no directory of `acme`\n"},
    {"account_without_key", "[acme]\neab = { letsencrypt = { id = \"a\" } }",
     "f:2:23: error: an external account wants `key`\n"},
    {"account_key_from_nowhere", "[acme]\neab = { letsencrypt = { id = \"a\", key = \"env:CAIS_NOT_SET\" } }",
     "f:2:41: error: `key`: the environment has no `CAIS_NOT_SET`\n"},
    {"dns_without_program", "[acme]\ndns = { }", "f:2:7: error: `dns` wants `run`, the program that sets a record\n"},
    {"dns_program_without_path", "[acme]\ndns = { run = \"dns-hook\" }",
     "f:2:15: error: the program is named with its path\n"},
    {"realm", "[auth]\nrealm = \"a\\\"b\"",
     "f:2:9: error: `realm` is text without quotes, backslashes and control characters\n"},
    {"log_form", "[log]\naccess = \"jsno\"", "f:2:10: error: `access` is `off`, `common`, `combined` or `json`\n"},
    {"log_level", "[log]\nlevel = \"debug\"", "f:2:9: error: `level` is `error`, `warning` or `info`\n"},
    {"log_file_for_nothing", "[log]\naccess = \"off\"\nfile = \"/tmp/x\"",
     "f:3:8: warning: with `access = \"off\"` nothing is written there\n"},
    {"limit_unknown", "[limits]\nfeilds = \"64KiB\"", "f:2:1: error: unknown key `feilds` in `limits`\n"},
    {"limit_without_unit", "[limits]\nfields = 65536",
     "f:2:10: error: `fields` wants a size in quotes, such as \"64KiB\", not a number\n"},
    {"limit_zero", "[limits]\nfield-lines = 0",
     "f:2:15: error: `field-lines`: with 0 every request would be refused\n"},
    {"table_given_twice", "[log]\nlevel = \"info\"\n[log]\n", "f:3:1: error: `log` is given a second time\n"},
    {"key_given_twice", "workers = 1\nworkers = 2", "f:2:1: error: `workers` is given a second time\n"},
    {"no_toml_and_nothing_that_follows_from_it", "idle = 30s\nfoo = 1", "f:1:8: error: this is no value of TOML\n"},
};

// One site with `text` in it; lines count from there.
constexpr Wrong one_site[] = {
    {"hosts_missing", "tls = \"off\"", "f:1:1: error: a site wants `hosts`\n"},
    {"hosts_empty", "hosts = []\ntls = \"off\"", "f:2:9: error: `hosts` is an empty list\n"},
    {"host_twice", "hosts = [\"example.com\", \"EXAMPLE.com.\"]",
     "f:2:25: error: `example.com` is given a second time\n"},
    {"host_empty", "hosts = [\"a.example\", \"\"]", "f:2:23: error: `hosts` is empty\n"},
    {"host_with_port", "hosts = \"example.com:8080\"",
     "f:2:9: error: a host has no port: `listen` says where the site is\n"},
    {"host_with_scheme", "hosts = \"https://example.com\"",
     "f:2:9: error: a host is a name alone: no scheme, no path\n"},
    {"host_of_another_script",
     "hosts = \"b\xC3\xBC"
     "cher.example\"",
     "f:2:9: error: a host is written in ASCII: for other letters use its xn-- form\n"},
    {"host_is_no_text", "hosts = [\"a.example\", 5]",
     "f:2:23: error: `hosts` wants text or a list of texts, not a number\n"},
    {"listen_name", "hosts = \"a.example\"\nlisten = \"localhost:80\"",
     "f:3:10: error: names are not looked up: write the address\n"},
    {"listen_without_port", "hosts = \"a.example\"\nlisten = \"127.0.0.1\"",
     "f:3:10: error: an address needs a port: 127.0.0.1:8080 or [::1]:8080\n"},
    {"listen_path", "hosts = \"a.example\"\nlisten = \"http://127.0.0.1:80/\"",
     "f:3:10: error: an address to listen at has no path\n"},
    {"listen_twice", "hosts = \"a.example\"\nlisten = [\"127.0.0.1:80\", \"http://127.0.0.1:80\"]",
     "f:3:27: error: `127.0.0.1:80` is given a second time\n"},
    {"listen_https_with_tls_off", "hosts = \"a.example\"\ntls = \"off\"\nlisten = \"https://127.0.0.1:8443\"",
     "f:4:10: error: this is TLS, and the site has `tls = \"off\"`\n"},
    {"listen_beside_all_addresses", "hosts = \"a.example\"\nlisten = [\"0.0.0.0:80\", \"127.0.0.1:80\"]",
     "f:3:25: error: `127.0.0.1:80` cannot be listened at beside `0.0.0.0:80` (line 3)\n"},
    {"tls_word", "hosts = \"a.localhost\"\ntls = \"interal\"", "f:3:7: error: `tls` is `auto`, `internal` or `off`\n"},
    {"tls_flag", "hosts = \"a.example\"\ntls = false",
     "f:3:7: error: `tls` is `auto`, `internal`, `off` or a table with `certificate` and `key`\n"},
    {"tls_without_key", "hosts = \"a.example\"\ntls = { certificate = \"a.pem\" }",
     "f:3:23: error: a `certificate` wants its `key`\n"},
    {"tls_without_certificate", "hosts = \"a.example\"\ntls = { key = \"a.pem\" }",
     "f:3:15: error: a `key` wants its `certificate`\n"},
    {"tls_fewer_keys", "hosts = \"a.example\"\ntls = { certificate = [\"a.pem\", \"b.pem\"], key = \"a-key.pem\" }",
     "f:3:49: error: each certificate has its key: there are 2 and 1\n"},
    {"tls_clients_without_authority", "hosts = \"a.example\"\ntls = { clients = { verify = \"optional\" } }",
     "f:3:19: error: `clients` wants `authority`, the certificates that may issue theirs\n"},
    {"tls_clients_verify", "hosts = \"a.example\"\ntls = { clients = { authority = \"ca.pem\", verify = \"yes\" } }",
     "f:3:52: error: `verify` is `optional` or `required`\n"},
    {"wildcard_without_dns", "hosts = \"*.example.com\"",
     "f:2:9: error: a certificate for `*.example.com` is given for a record in DNS alone\n"},
    {"internal_for_the_world", "hosts = [\"nas.lan\", \"example.com\"]\ntls = \"internal\"",
     "f:2:21: error: the local authority does not vouch for `example.com`\n"},
    {"automatic_for_a_local_name", "hosts = \"localhost\"",
     "f:2:9: warning: no public authority can know `localhost`\n"},
    {"automatic_for_an_address", "hosts = \"192.0.2.7\"",
     "f:2:9: warning: Let's Encrypt issues for addresses only under `acme.profile = \"shortlived\"`\n"},
    {"automatic_at_other_ports", "hosts = \"a.example\"\nlisten = \"127.0.0.1:8443\"",
     "f:1:1: warning: an authority looks at port 80 or 443, and this site has neither\n"},
    {"no_certificate_at_all", "hosts = \"*\"",
     "f:2:9: error: there is no certificate for `0.0.0.0:443`: `*` names nobody to have one for\n"},
    {"hsts_without_unit", "hosts = \"a.example\"\nhsts = 180",
     "f:3:8: error: `hsts` wants a duration in quotes, such as \"30s\", not a number\n"},
    {"hsts_without_tls", "hosts = \"a.example\"\ntls = \"off\"\nhsts = \"180d\"",
     "f:4:8: warning: `hsts` is sent over TLS alone, and this site has none\n"},
    {"unknown_key_of_a_site", "hosts = \"a.example\"\nhttps_redirct = false",
     "f:3:1: error: unknown key `https_redirct` in `site`\n"},
    {"unknown_key_of_tls", "hosts = \"a.example\"\ntls = { certificate = \"a.pem\", key = \"b.pem\", cleints = {} }",
     "f:3:47: error: unknown key `cleints` in `tls`\n"},
};

// One route, in line 4.
constexpr Wrong one_route[] = {
    {"path_missing", "files = \"/srv\"", "f:4:1: error: a route wants a `path`\n"},
    {"path_without_slash", "path = \"a\"\nfiles = \"/srv\"", "f:5:8: error: a path begins with a slash\n"},
    {"path_star", "path = \"/a/*\"\nfiles = \"/srv\"",
     "f:5:8: error: `*` needs what a path ends with; all below a folder is its path with a slash: /app/\n"},
    {"path_escaped", "path = \"/a%20b\"\nfiles = \"/srv\"",
     "f:5:8: error: a path is written as it is after decoding: without escapes\n"},
    {"path_never", "path = \"/a//b/\"\nfiles = \"/srv\"",
     "f:5:8: warning: this route can never match: a request with an empty segment (`//`) is answered with 404\n"},
    {"module_missing", "path = \"/\"", "f:4:1: error: a route wants a module\n"},
    {"module_twice", "path = \"/\"\nrespond = 404\nfiles = \"/srv\"",
     "f:6:1: error: a route has one module, and this one has `files` already\n"},
    {"module_unknown", "path = \"/\"\nfiels = \"/srv\"",
     "f:4:1: error: a route wants a module\nf:6:1: error: unknown key `fiels` in `route`\n"},
    {"module_false", "path = \"/\"\necho = false", "f:6:8: error: `echo = false` is no module\n"},
    {"files_without_root", "path = \"/\"\nfiles = { listing = false }",
     "f:6:9: error: `files` wants `root`, the folder\n"},
    {"files_unknown_key", "path = \"/\"\nfiles = { root = \"/srv\", listign = false }",
     "f:6:26: error: unknown key `listign` in `files`\n"},
    {"files_number", "path = \"/\"\nfiles = { root = 1 }", "f:6:18: error: `root` wants text, not a number\n"},
    {"method_in_lower_case", "path = \"/\"\nfiles = \"/srv\"\nmethods = [\"get\"]",
     "f:7:12: error: no such method is registered\n"},
    {"header_twice", "path = \"/\"\nfiles = \"/srv\"\nheaders = { A = \"1\", a = \"2\" }",
     "f:7:22: error: this field is given a second time: names of fields have no case\n"},
    {"strip_elsewhere", "path = \"/a/\"\nfiles = \"/srv\"\nstrip = \"/b\"",
     "f:7:9: error: `strip` is true, or a folder that the route's `path` begins with\n"},
    {"auth_that_lets_nobody_in", "path = \"/\"\nfiles = \"/srv\"\nauth = {}", "f:7:8: error: `auth` lets nobody in\n"},
    {"auth_by_certificates_that_nobody_asks_for", "path = \"/\"\nfiles = \"/srv\"\nauth = { certificate = \"ana\" }",
     "f:5:8: error: nobody can show a certificate here: the site asks for none\n"},
    {"every_mistake_of_a_route_is_told",
     "path = \"a\"\nrespond = { status = 99, cnotent = \"\" }\nmethods = []\ncolour = 1",
     "f:5:8: error: a path begins with a slash\n"
     "f:6:22: error: a final status is from 200 to 599\n"
     "f:6:26: error: unknown key `cnotent` in `respond`\n"
     "f:7:11: error: `methods` is an empty list\n"
     "f:8:1: error: unknown key `colour` in `route`\n"},
};

// Two sites, and what they may not be to each other.
constexpr Wrong two_sites[] = {
    {"same_host_at_the_same_address", R"([[site]]
hosts = ["example.com"]
route = [ { path = "/", files = "/srv" } ]
[[site]]
hosts = ["www.example.com", "example.com"]
route = [ { path = "/", files = "/srv" } ])",
     "f:5:29: error: `example.com` is at `0.0.0.0:80` already, for the site at line 1\n"},
    {"plain_and_tls_at_one_address", R"([[site]]
hosts = "a.localhost"
tls = "internal"
listen = "127.0.0.1:8443"
route = [ { path = "/", files = "/srv" } ]
[[site]]
hosts = "b.example"
tls = "off"
listen = "127.0.0.1:8443"
route = [ { path = "/", files = "/srv" } ])",
     "f:9:10: error: `127.0.0.1:8443` is plain here and TLS for the site at line 1\n"},
    {"one_of_all_addresses", R"([[site]]
hosts = "a.example"
tls = "off"
listen = "0.0.0.0:8080"
route = [ { path = "/", files = "/srv" } ]
[[site]]
hosts = "b.example"
tls = "off"
listen = "127.0.0.1:8080"
route = [ { path = "/", files = "/srv" } ])",
     "f:9:10: error: `127.0.0.1:8080` cannot be listened at beside `0.0.0.0:8080` (line 4)\n"},
    {"two_routes_match_the_same", R"([[site]]
hosts = "a.example"
  [[site.route]]
  path = "/a/"
  files = "/srv"
  [[site.route]]
  path = "/a/"
  respond = 404)",
     "f:7:10: error: two routes match the same: `/a/` stands at line 4 too\n"},
    {"no_site", "workers = 1", "f: error: there is no [[site]]: nothing would be served\n"},
    {"site_without_route", "[[site]]\nhosts = \"a.example\"",
     "f:1:1: warning: this site has no route: every request is answered with 404\n"},
    {"site_is_no_table", "site = [\"a.example\"]", "f:1:9: error: `site` wants a list of tables, not text\n"},
};

class WrongWhole : public testing::TestWithParam<Wrong> {};
TEST_P(WrongWhole, is_told) { EXPECT_EQ(said_of(std::string(GetParam().text) + a_site), GetParam().said); }
INSTANTIATE_TEST_SUITE_P(, WrongWhole, testing::ValuesIn(whole_file), [](auto& info) { return info.param.name; });

class WrongSite : public testing::TestWithParam<Wrong> {};
TEST_P(WrongSite, is_told)
{
    EXPECT_EQ(
        said_of(std::string("[[site]]\n") + GetParam().text + "\nroute = [ { path = \"/\", files = \"/srv\" } ]\n"),
        GetParam().said);
}
INSTANTIATE_TEST_SUITE_P(, WrongSite, testing::ValuesIn(one_site), [](auto& info) { return info.param.name; });

class WrongRoute : public testing::TestWithParam<Wrong> {};
TEST_P(WrongRoute, is_told)
{
    EXPECT_EQ(said_of(std::string("[[site]]\nhosts = \"a.example\"\n\n[[site.route]]\n") + GetParam().text),
              GetParam().said);
}
INSTANTIATE_TEST_SUITE_P(, WrongRoute, testing::ValuesIn(one_route), [](auto& info) { return info.param.name; });

class WrongTogether : public testing::TestWithParam<Wrong> {};
TEST_P(WrongTogether, is_told) { EXPECT_EQ(said_of(GetParam().text), GetParam().said); }
INSTANTIATE_TEST_SUITE_P(, WrongTogether, testing::ValuesIn(two_sites), [](auto& info) { return info.param.name; });

TEST(Configuration, the_shortest_has_all_defaults)
{
    const auto document = config::Document::of(
        "site.toml", "[[site]]\nhosts = [\"example.com\"]\nroute = [ { path = \"/\", files = \"/srv/www\" } ]\n");
    const auto configuration = read(*document);
    EXPECT_EQ(document->diagnostics().text(), "");
    EXPECT_NE(configuration.state, "");
    EXPECT_EQ(configuration.workers, 0u);
    EXPECT_EQ(configuration.realm, "cais");
    EXPECT_TRUE(configuration.trust.empty());
    EXPECT_EQ(configuration.acme.directories, std::vector<std::string>{std::string(letsencrypt)});
    EXPECT_EQ(configuration.log.access, Log::Access::by_default);
    ASSERT_EQ(configuration.sites.size(), 1u);
    const Site& site = configuration.sites[0];
    EXPECT_EQ(site.tls.from, SiteTls::From::automatic);
    EXPECT_TRUE(site.https_redirect);
    EXPECT_FALSE(site.hsts);
    ASSERT_EQ(site.listen.size(), 4u);
    std::string listen;
    for (const auto& one : listeners(configuration))
        listen += (one.is_tls ? "https://" : "http://") + one.address.text() + " ";
    EXPECT_EQ(listen, "http://0.0.0.0:80 https://0.0.0.0:443 http://[::]:80 https://[::]:443 ");
    ASSERT_EQ(site.routes.size(), 1u);
    EXPECT_EQ(site.routes[0].path.text(), "/");
    EXPECT_EQ(std::get<files::Config>(site.routes[0].module).root, "/srv/www");
    EXPECT_TRUE(std::get<files::Config>(site.routes[0].module).listing);
}

TEST(Configuration, all_of_it)
{
    const auto document = config::Document::of("conf/site.toml", R"(
state   = "state"
workers = 3
user    = "www-data"
trust   = ["10.0.0.0/8", "::1"]

[acme]
email     = "ops@example.com"
directory = ["staging", "https://acme.example/directory"]
ca        = "acme-ca.pem"
profile   = "shortlived"
eab       = { "https://acme.example/directory" = { id = "me", key = "c2VjcmV0" } }
dns       = { run = ["/usr/local/bin/dns-hook", "--zone"] }

[auth]
realm = "harbour"

[log]
access = "json"
file   = "/var/log/cais/access.log"
level  = "warning"

[limits]
fields = "32KiB"
idle   = "30s"

[[site]]
hosts   = ["example.com", "*.example.com"]
listen  = ["127.0.0.1:80", "127.0.0.1:443", "http://127.0.0.1:8080", "https://[::1]:80"]
tls     = { certificate = ["ec.pem", "rsa.pem"], key = ["ec-key.pem", "rsa-key.pem"], clients = { authority = "ca.pem", verify = "optional" } }
hsts    = "180d"
https_redirect = false
headers = { "X-Frame-Options" = "DENY", "Server" = false }

  [[site.route]]
  path  = "/"
  files = { root = "/srv/www", listing = false, spa = true }
  cors  = true

  [[site.route]]
  path     = "/old/"
  redirect = { to = "/new/{rest}", status = 301 }

  [[site.route]]
  path    = "/soon"
  respond = { status = 503, content = "Soon.", type = "text/plain" }
  methods = ["GET", "HEAD"]

  [[site.route]]
  path = "/api/v1/"
  echo = true
  strip = "/api"

[[site]]
hosts = ["*"]
tls = "off"
listen = "127.0.0.2:80"
)",
                                               configuration_page, "conf");
    const auto configuration = read(*document);
    EXPECT_EQ(document->diagnostics().text(), "");
    EXPECT_EQ(configuration.state, "conf/state");
    EXPECT_EQ(configuration.workers, 3u);
    EXPECT_EQ(configuration.user, "www-data");
    ASSERT_EQ(configuration.trust.size(), 2u);
    EXPECT_EQ(configuration.trust[0].text(), "10.0.0.0/8");
    EXPECT_EQ(configuration.trust[1].text(), "::1/128");
    const Acme& acme = configuration.acme;
    EXPECT_EQ(acme.directories,
              (std::vector<std::string>{std::string(letsencrypt_staging), "https://acme.example/directory"}));
    EXPECT_EQ(acme.ca, "conf/acme-ca.pem");
    EXPECT_EQ(acme.accounts.at("https://acme.example/directory").key, "c2VjcmV0");
    EXPECT_EQ(acme.dns_run, (std::vector<std::string>{"/usr/local/bin/dns-hook", "--zone"}));
    EXPECT_EQ(configuration.realm, "harbour");
    EXPECT_EQ(configuration.log.access, Log::Access::on);
    EXPECT_EQ(configuration.log.format, LogFormat::json);
    EXPECT_EQ(configuration.log.level, trace::Level::warning);
    EXPECT_EQ(configuration.limits.http.fields, 32768u);
    EXPECT_EQ(configuration.limits.http.idle_time, 30s);
    ASSERT_EQ(configuration.sites.size(), 2u);
    const Site& site = configuration.sites[0];
    EXPECT_EQ(site.hosts[1].host.text(), "*.example.com");
    ASSERT_EQ(site.listen.size(), 4u);
    const std::vector<bool> tls = {site.listen[0].is_tls, site.listen[1].is_tls, site.listen[2].is_tls,
                                   site.listen[3].is_tls};
    EXPECT_EQ(tls, (std::vector<bool>{false, true, false, true}));
    EXPECT_EQ(site.tls.from, SiteTls::From::files);
    ASSERT_EQ(site.tls.files.size(), 2u);
    EXPECT_EQ(site.tls.files[1].key, "conf/rsa-key.pem");
    EXPECT_FALSE(site.tls.clients->is_required);
    EXPECT_EQ(site.hsts, 180 * 24h);
    EXPECT_FALSE(site.https_redirect);
    ASSERT_EQ(site.routes.size(), 4u);
    EXPECT_TRUE(site.routes[0].cors);
    EXPECT_TRUE(std::get<files::Config>(site.routes[0].module).spa);
    EXPECT_EQ(key_of(site.routes[1].module), "redirect");
    EXPECT_EQ(key_of(site.routes[2].module), "respond");
    EXPECT_EQ(site.routes[2].where.line, 45u);
    EXPECT_EQ(site.routes[3].strip, "/api");
    EXPECT_EQ(listeners(configuration).size(), 5u);
}

TEST(Configuration, without_tls_is_at_port_80_alone)
{
    const auto document =
        config::Document::of("f", "[[site]]\nhosts = \"*\"\ntls = \"off\"\nroute = { path = \"/\", files = \".\" }\n");
    const auto configuration = read(*document);
    EXPECT_EQ(document->diagnostics().text(), "");
    ASSERT_EQ(configuration.sites[0].listen.size(), 2u);
    for (const auto& listen : configuration.sites[0].listen) EXPECT_TRUE(listen.address.port == 80 && !listen.is_tls);
    EXPECT_FALSE(configuration.sites[0].listen[0].may_be_absent);
    EXPECT_TRUE(configuration.sites[0].listen[1].may_be_absent);
}

TEST(Configuration, sites_share_addresses_and_hosts_where_nothing_is_in_doubt)
{
    const auto document = config::Document::of("f", R"(
[[site]]
hosts = "a.example"
route = { path = "/", files = "." }
[[site]]
hosts = ["b.example", "*"]
route = { path = "/", files = "." }
[[site]]
hosts = "a.example"
tls = "off"
listen = ["127.0.0.1:8080", "[::1]:8080"]
route = { path = "/", files = "." }
[[site]]
hosts = ["printer.lan", "*"]
tls = "internal"
listen = "127.0.0.1:8443"
route = { path = "/", files = "." }
)");
    const auto configuration = read(*document);
    EXPECT_EQ(document->diagnostics().text(), "");
    EXPECT_EQ(listeners(configuration).size(), 7u);
}

TEST(Configuration, what_is_wrong_is_left_out_and_the_rest_is_read)
{
    const auto document = config::Document::of("f", R"(
[[site]]
hosts = ["a b", "a.example"]
listen = ["localhost:80", "127.0.0.1:80"]
route = [ { path = "x", files = "." }, { path = "/", files = "." } ]
)");
    const auto configuration = read(*document);
    EXPECT_EQ(document->diagnostics().errors(), 3u);
    EXPECT_EQ(configuration.sites[0].hosts.size(), 1u);
    EXPECT_EQ(configuration.sites[0].listen.size(), 1u);
    EXPECT_EQ(configuration.sites[0].routes.size(), 1u);
}

}  // namespace
}  // namespace cais::server
