#include "http/language_tag.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace cais::http {
namespace {

constexpr auto letter = base::OctetSet("").with('a', 'z').with('A', 'Z');
constexpr auto digit = base::OctetSet("").with('0', '9');
constexpr auto alphanumeric = letter.with('0', '9');

// A set of codes of two letters.
class PairSet {
public:
    consteval explicit PairSet(std::string_view pairs)
    {
        for (std::size_t i = 0; i + 1 < pairs.size(); i += 3) set_[index(pairs[i], pairs[i + 1])] = true;
    }
    [[nodiscard]] constexpr bool has(std::string_view text) const
    {
        return text.size() == 2 && letter.has_all(text) && set_[index(text[0], text[1])];
    }

private:
    static constexpr std::size_t index(char first, char second)
    {
        const auto number = [](char c) { return static_cast<std::size_t>(base::to_lower(c) - 'a'); };
        return number(first) * 26 + number(second);
    }
    std::array<bool, std::size_t{26} * 26> set_{};
};

// ISO 639-1, its 184 codes.
constexpr PairSet languages(
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en "
    "eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv "
    "ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne "
    "ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st "
    "su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu");

// ISO 3166-1, its 249 codes.
constexpr PairSet regions(
    "ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bl bm bn bo bq br bs bt bv bw by bz ca "
    "cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg eh er es et fi fj fk fm fo fr ga "
    "gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp "
    "ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mf mg mh mk ml mm mn mo mp mq mr ms "
    "mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs "
    "ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw "
    "tz ua ug um us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw");

// Codes of three letters (ISO 639-3) that count with nothing after them.
constexpr std::array<std::string_view, 20> long_languages = {"ceb", "ckb", "cmn", "dsb", "fil", "frp", "gsw",
                                                             "haw", "hsb", "kab", "kok", "lij", "mni", "nds",
                                                             "rup", "sco", "szl", "tzm", "vec", "yue"};

// Takes the next subtag off `rest`; empty at the end and where two hyphens meet.
std::string_view next_subtag(std::string_view& rest) noexcept
{
    const auto subtag = rest.substr(0, rest.find('-'));
    rest.remove_prefix(std::min(rest.size(), subtag.size() + 1));
    return subtag;
}

bool is_script(std::string_view subtag) noexcept { return subtag.size() == 4 && letter.has_all(subtag); }

bool is_region(std::string_view subtag) noexcept
{
    return regions.has(subtag) || (subtag.size() == 3 && digit.has_all(subtag));
}

bool is_variant(std::string_view subtag) noexcept
{
    if (!alphanumeric.has_all(subtag)) return false;
    return (subtag.size() >= 5 && subtag.size() <= 8) || (subtag.size() == 4 && base::is_digit(subtag.front()));
}

}  // namespace

bool is_language_tag(std::string_view text) noexcept
{
    if (text.size() < 2 || text.size() > 35 || text.back() == '-') return false;  // RFC 5646 §4.4.1: 35 hold them all
    auto rest = text;
    const auto language = next_subtag(rest);
    const bool is_short = languages.has(language);
    if (!is_short && (language.size() != 3 || !letter.has_all(language))) return false;
    if (rest.empty())
        return is_short || std::ranges::any_of(long_languages, [&](std::string_view known) {
                   return base::equals_ignoring_case(known, language);
               });

    auto subtag = next_subtag(rest);
    bool is_placed = false;  // a script or a region was there
    if (is_script(subtag)) {
        is_placed = true;
        if (rest.empty()) return true;
        subtag = next_subtag(rest);
    }
    if (is_region(subtag)) {
        is_placed = true;
        if (rest.empty()) return true;
        subtag = next_subtag(rest);
    }
    if (!is_short && !is_placed) return false;
    while (is_variant(subtag)) {
        if (rest.empty()) return true;
        subtag = next_subtag(rest);
    }
    return false;
}

}  // namespace cais::http
