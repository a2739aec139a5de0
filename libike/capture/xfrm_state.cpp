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
    const auto words = words_of(line);
    const bool begins = words.size() >= 4 && words[0] == "src" && words[2] == "dst" && line[0] == 's';
    const bool indented = !line.empty() && (line[0] == '\t' || line[0] == ' ');
    if (!begins && !(open_ && indented)) {
        finish();
        return false;
    }
    if (!begins) return words.empty() ? Result<bool>{true} : read_word(words);
    finish();
    const auto source = Address::parse(words[1]);
    const auto destination = Address::parse(words[3]);
    if (!source || !destination) return refuse("src, dst", "addresses");
    open_ = true;
    record_.source = *source;
    record_.destination = *destination;
    return true;
}

void XfrmReader::finish() {
    if (open_ && has_cipher_ && record_.spi != 0) to_.add(std::move(record_));
    record_ = {};
    open_ = has_cipher_ = false;
}

Result<bool> XfrmReader::read_word(std::span<const std::string_view> words) {
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        if (words[i] != "spi" || !words[i + 1].starts_with("0x")) continue;
        const auto digits = words[i + 1].substr(2);
        std::from_chars(digits.data(), digits.data() + digits.size(), record_.spi, 16);
    }
    const bool flags = words[0] == "flag" || words[0] == "replay-window" || words[0] == "anti-replay";
    if (flags && std::ranges::find(words, "esn") != words.end()) record_.suite.esn = true;
    return read_algorithm(words);
}

/// "enc NAME KEY", "auth NAME KEY", "auth-trunc NAME KEY BITS", "aead NAME KEY BITS".
Result<bool> XfrmReader::read_algorithm(std::span<const std::string_view> words) {
    const auto kind = words[0];
    if (kind != "enc" && kind != "auth" && kind != "auth-trunc" && kind != "aead") return true;
    const bool bare = words.size() == 2 && words[1] == "ecb(cipher_null)";
    if (words.size() < 3 && !bare) return refuse(kind, "a name and a key; with \"nokeys\" there is none");
    auto key = bare ? SecretBytes{} : key_of(words[2]);
    if (!key) return refuse(kind, "a key of hexadecimal digits after 0x");
    const auto bits = words.size() > 3 ? number_of(words[3]) : 0;
    if (kind == "enc" || kind == "aead") {
        const auto cipher = kernel_cipher(words[1], key->size(), kind == "aead" ? bits : 0);
        if (!cipher) return refuse(words[1], "a cipher that IKEv2 has a number for");
        record_.suite.encr = cipher->encr;
        record_.suite.key_bits = cipher->key_bits;
        record_.encr_key = std::move(*key);
        has_cipher_ = true;
        return true;
    }
    // Without a length it is that of RFC 2403 and RFC 2404.
    const auto integ = kernel_integrity(words[1], bits != 0 ? bits : 96);
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
