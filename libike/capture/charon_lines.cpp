// Lines of charon's log, of syslog and of the journal, as messages of threads.
#include <fmt/format.h>

#include "libike/capture/key_file.hpp"

namespace ike {
namespace {

constexpr std::size_t no_place = std::string_view::npos;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_group(std::string_view text) {
    return text.size() == 3 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

/// "12[IKE] TEXT" or "12[IKE4] TEXT"; nowhere else in a log are there two digits before three capitals in
/// brackets.
std::optional<CharonMessage> tagged(std::string_view line) {
    for (auto at = line.find('['); at != no_place; at = line.find('[', at + 1)) {
        if (at < 2 || at + 5 >= line.size() || !is_group(line.substr(at + 1, 3))) continue;
        const auto close = at + 4 + (is_digit(line[at + 4]) ? 1 : 0);
        if (!line.substr(close).starts_with("] ")) continue;
        auto from = at;
        while (from > 0 && is_digit(line[from - 1])) --from;
        if (at - from < 2) continue;
        return CharonMessage{line.substr(from, at - from), std::string{line.substr(close + 2)}};
    }
    return std::nullopt;
}

/// The characters of a JSON string from behind its opening quote on; what is beyond ASCII is of no use here.
std::string unescaped(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size() && text[i] != '"'; ++i) {
        if (text[i] != '\\') {
            plain += text[i];
            continue;
        }
        if (++i == text.size()) break;
        if (text[i] == 'u') i += std::min<std::size_t>(4, text.size() - i - 1);
        plain += text[i] == 'n' ? '\n' : text[i] == 't' ? '\t' : text[i];
    }
    return plain;
}

/// What follows `"name":`, a string without its quotes or a number; nothing where there is no such member.
std::optional<std::string_view> member(std::string_view line, std::string_view name) {
    const auto quoted = fmt::format("\"{}\"", name);
    auto at = line.find(quoted);
    if (at == no_place) return std::nullopt;
    line.remove_prefix(at + quoted.size());
    at = line.find_first_not_of(" :");
    if (at == no_place) return std::nullopt;
    line.remove_prefix(at);
    if (line.starts_with('"')) line.remove_prefix(1);
    return line;
}

std::optional<CharonMessage> json(std::string_view line) {
    if (!line.starts_with('{')) return std::nullopt;
    for (const auto& [group, text, thread] :
         {std::array{"group", "msg", "thread"}, std::array{"GROUP", "MESSAGE", "THREAD"}}) {
        const auto from = member(line, group);
        const auto said = member(line, text);
        const auto number = member(line, thread);
        if (!from || !said || !number || !is_group(from->substr(0, 3))) continue;
        std::size_t digits = 0;
        while (digits < number->size() && is_digit((*number)[digits])) ++digits;
        return CharonMessage{number->substr(0, digits), unescaped(*said)};
    }
    return std::nullopt;
}

/// "charon-systemd[123]: TEXT", also charon and charon-nm.
std::optional<std::string_view> journal(std::string_view line) {
    const auto name = line.find("charon");
    if (name == no_place || (name > 0 && line[name - 1] != ' ')) return std::nullopt;
    const auto open = line.find('[', name);
    const auto close = line.find("]: ", name);
    if (open == no_place || close == no_place || open > close || open - name > 16) return std::nullopt;
    if (!std::ranges::all_of(line.substr(open + 1, close - open - 1), is_digit)) return std::nullopt;
    return line.substr(close + 3);
}

}  // namespace

std::optional<CharonMessage> CharonLines::read(std::string_view line) {
    auto found = tagged(line);
    if (!found) found = json(line);
    const bool was_in_journal = std::exchange(in_journal_, false);
    if (found) return found;
    if (const auto text = journal(line)) {
        in_journal_ = true;
        return CharonMessage{{}, std::string{*text}};
    }
    if (!was_in_journal || !line.starts_with(' ')) return std::nullopt;
    in_journal_ = true;
    return CharonMessage{{}, std::string{line}};
}

}  // namespace ike
