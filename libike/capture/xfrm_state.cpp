// The kernel's SAs as `ip xfrm state` shows them (iproute2, ip/xfrm_state.c's layout).
#include <fmt/format.h>

#include <charconv>

#include "libike/capture/algorithm_words.hpp"
#include "libike/capture/key_file.hpp"

namespace ike {
namespace {

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    constexpr std::size_t most = 64;
    while (words.size() < most) {
        const auto from = line.find_first_not_of(" \t\r");
        if (from == line.npos) break;
        line.remove_prefix(from);
        const auto end = std::min(line.find_first_of(" \t\r"), line.size());
        words.push_back(line.substr(0, end));
        line.remove_prefix(end);
    }
    return words;
}

std::optional<SecretBytes> key_of(std::string_view text) {
    if (!text.starts_with("0x")) return std::nullopt;
    auto octets = from_hex(text.substr(2));
    if (!octets) return std::nullopt;
    SecretBytes key{*octets};
    wipe(*octets);
    return key;
}

unsigned number_of(std::string_view text) {
    unsigned value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::unexpected<Error> refuse(std::string_view word, std::string_view wanted) {
    return failure(fmt::format("ip xfrm state: {}: expected {}", word, wanted));
}

}  // namespace

Result<bool> XfrmReader::take(std::string_view line) {
    // With -o each SA is one line.
    constexpr std::size_t behind_news = 9;  // "Updated s"
    if (line.find("\\\t") == line.npos || line.find("src ") >= behind_news) return take_line(line);
    Result<bool> outcome = true;
    while (!line.empty()) {
        const auto end = std::min(line.find('\\'), line.size());
        if (auto taken = take_line(line.substr(0, end)); !taken) outcome = std::move(taken);
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    finish();
    return outcome;
}

Result<bool> XfrmReader::take_line(std::string_view line) {
    const bool indented = !line.empty() && (line[0] == '\t' || line[0] == ' ');
    const auto all = indented && !open_ ? std::vector<std::string_view>{} : words_of(line);
    std::span<const std::string_view> words{all};
    if (open_ && indented) return words.empty() ? Result<bool>{true} : read_word(words);
    finish();
    if (indented || words.empty()) return false;
    // `ip xfrm monitor` says what became of it, and tells of other things too.
    static constexpr std::string_view news[] = {"Updated", "Deleted", "Expired"};
    if (std::ranges::find(news, words[0]) != std::end(news)) words = words.subspan(1);
    const bool event = line.starts_with("Async event ") || line.starts_with("Flushed state ");
    const bool begins = words.size() >= 4 && words[0] == "src" && words[2] == "dst";
    if (!begins && !event) return false;
    open_ = true;
    if (event) return true;
    const auto source = Address::parse(words[1]);
    const auto destination = Address::parse(words[3]);
    // Of networks it is a policy, which has no keys.
    const bool policy = words[1].find('/') != line.npos && words[3].find('/') != line.npos;
    if ((!source || !destination) && !policy) return refuse("src, dst", "addresses");
    record_.source = source.value_or(Address{});
    record_.destination = destination.value_or(Address{});
    return true;
}

void XfrmReader::finish() {
    if (open_ && has_cipher_ && !broken_ && record_.spi != 0) to_.add(std::move(record_));
    record_ = {};
    open_ = has_cipher_ = broken_ = false;
}

Result<bool> XfrmReader::read_word(std::span<const std::string_view> words) {
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        if (words[i] != "spi" || !words[i + 1].starts_with("0x")) continue;
        const auto digits = words[i + 1].substr(2);
        std::from_chars(digits.data(), digits.data() + digits.size(), record_.spi, 16);
    }
    const bool flags = words[0] == "flag" || words[0] == "replay-window" || words[0] == "anti-replay";
    if (flags && std::ranges::find(words, "esn") != words.end()) record_.suite.esn = true;
    // With -s a key is followed by "(256 bits)".
    std::vector<std::string_view> plain;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const bool size = words[i].starts_with('(') && i + 1 < words.size() && words[i + 1] == "bits)";
        if (size) ++i;
        if (!size) plain.push_back(words[i]);
    }
    auto read = read_algorithm(plain);
    // Half of an SA's keys would look like wrong ones.
    broken_ = broken_ || !read;
    return read;
}

/// "enc NAME KEY", "auth NAME KEY", "auth-trunc NAME KEY BITS", "aead NAME KEY BITS".
Result<bool> XfrmReader::read_algorithm(std::span<const std::string_view> words) {
    const auto kind = words[0];
    if (kind != "enc" && kind != "auth" && kind != "auth-trunc" && kind != "aead") return true;
    const bool bare = words.size() == 2 && (words[1] == "ecb(cipher_null)" || words[1] == "digest_null");
    if (words.size() < 3 && !bare) return refuse(kind, "a name and a key; with \"nokeys\" there is none");
    auto key = bare ? SecretBytes{} : key_of(words[2]);
    if (!key) return refuse(kind, "a key of hexadecimal digits after 0x; with \"nokeys\" there is none");
    // Without a length an ICV has 96 bits, with SHA-2 too.
    const auto bits = words.size() > 3 ? number_of(words[3]) : kind == "aead" ? 0 : 96;
    if (kind == "enc" || kind == "aead") {
        const auto cipher = kernel_cipher(words[1], key->size(), kind == "aead" ? bits : 0);
        if (!cipher) return refuse(words[1], "a cipher that IKEv2 has a number for");
        record_.suite.encr = cipher->encr;
        record_.suite.key_bits = cipher->key_bits;
        record_.encr_key = std::move(*key);
        has_cipher_ = true;
        return true;
    }
    const auto integ = kernel_integrity(words[1], bits);
    if (integ) {
        record_.suite.integ = *integ;
        record_.integ_key = std::move(*key);
    } else if (bits % 8 == 0 && bits > 0 && bits <= 512) {
        record_.suite.unchecked_icv = static_cast<std::uint8_t>(bits / 8);
    } else {
        return refuse(words[1], "an integrity algorithm that IKEv2 has a number for");
    }
    return true;
}

}  // namespace ike
