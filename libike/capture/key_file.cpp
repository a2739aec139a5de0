#include "libike/capture/key_file.hpp"

#include <fmt/format.h>

namespace ike {
namespace {

constexpr std::size_t octets_a_line = 16;
constexpr std::size_t largest_pem = 1 << 20;
constexpr std::size_t most_remarks = 20;  // about one file

int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
        text.remove_suffix(1);
    return text;
}

/// The characters between quotes, or hexadecimal after 0x.
std::optional<SecretBytes> secret_value(std::string_view text) {
    text = trimmed(text);
    if (text.starts_with("0x")) {
        auto octets = from_hex(text.substr(2));
        if (!octets) return std::nullopt;
        SecretBytes secret{*octets};
        wipe(*octets);
        return secret;
    }
    if (text.size() < 2 || text.front() != '"' || text.find('"', 1) == text.npos) return std::nullopt;
    text = text.substr(1, text.find('"', 1) - 1);
    return SecretBytes{ByteView{reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}};
}

std::unexpected<Error> refuse(std::string_view why) { return failure(fmt::format("key line: {}", why)); }

}  // namespace

void DumpedOctets::begin(std::size_t size) {
    // No key or secret is longer; what claims more is none.
    constexpr std::size_t longest = 2048;
    size_ = std::min(size, longest);
    octets_ = {};
}

void DumpedOctets::take(std::string_view text) {
    SecretBytes all{std::min(size_, octets_.size() + octets_a_line)};
    std::ranges::copy(octets_.view(), all.mutable_view().begin());
    std::size_t at = octets_.size();
    while (at < all.size()) {
        while (text.starts_with(' ')) text.remove_prefix(1);
        if (text.size() < 2 || digit(text[0]) < 0 || digit(text[1]) < 0) break;
        all.mutable_view()[at++] = static_cast<std::uint8_t>(digit(text[0]) << 4 | digit(text[1]));
        text.remove_prefix(2);
    }
    octets_ = all.slice(0, at);
}

KeyFileReader::KeyFileReader(KeyStore& to, std::string name)
    : to_{to},
      name_{std::move(name)},
      offered_before_{to.offered()},
      xfrm_{to},
      strongswan_{to},
      pluto_{to} {}

void KeyFileReader::take(std::string_view line) {
    ++line_;
    if (line.size() > longest_line) return remark(Error{"key line: longer than any key", {}});
    // Files come from Windows too.
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (take_pem(line)) return;
    if (const auto of_block = xfrm_.take(line); !of_block || *of_block) {
        if (!of_block) remark(of_block.error());
        return;
    }
    if (take_log(line)) return;
    if (take_secrets(line)) return;
    if (const auto taken = take_own(line); !taken) {
        return complain(taken.error());
    } else if (*taken) {
        return;
    }
    auto record = parse_key_line(line);
    if (!record) {
        complain(record.error());
    } else if (*record) {
        std::visit([&](auto& keys) { to_.add(std::move(keys)); }, **record);
    }
}

void KeyFileReader::remark(const Error& error) {
    if (++senseless_ <= most_remarks) to_.remark(fmt::format("{}:{}: {}", name_, line_, error.what));
}

bool KeyFileReader::take_log(std::string_view line) {
    const auto charon = strongswan_.take(line);
    if (!charon) remark(charon.error());
    charon_ = charon_ || !charon || *charon;
    const bool taken = !charon || *charon;
    const bool pluto = !taken && pluto_.take(line);
    pluto_log_ = pluto_log_ || pluto;
    log_ = log_ || taken || pluto;
    return taken || pluto;
}

/// Lines before the first that tells a log from a file of keys are no mistakes in a log either.
void KeyFileReader::complain(const Error& error) {
    if (log_) return;
    if (++senseless_ <= most_remarks)
        complaints_.push_back(fmt::format("{}:{}: {}", name_, line_, error.what));
}

void KeyFileReader::finish(KeyStore::Given given) {
    xfrm_.finish();
    if (log_) senseless_ -= std::min(senseless_, complaints_.size());
    for (auto& each : complaints_) {
        if (!log_) to_.remark(std::move(each));
    }
    if (const auto whole = strongswan_.finish(); !whole) remark(whole.error());
    if (!pem_.empty()) to_.remark(fmt::format("{}:{}: a PEM block without its end", name_, line_));
    if (senseless_ > most_remarks)
        to_.remark(fmt::format("{}: and {} more lines that make no sense", name_, senseless_ - most_remarks));
    if (to_.offered() == offered_before_ && given == KeyStore::Given::itself) remark_nothing();
}

/// A file that was given for its keys and has none: why may that be?
void KeyFileReader::remark_nothing() {
    std::string_view why;
    if (charon_) why = "; strongSwan logs them at level 4 of ike and chd";
    if (pluto_log_) why = "; libreswan logs those of ESP with plutodebug=private";
    to_.remark(fmt::format("{}: no keys in {} line{}{}", name_, line_, line_ == 1 ? "" : "s", why));
}

/// "dh ..." and "psk ..." of our own.
Result<bool> KeyFileReader::take_own(std::string_view line) {
    line = trimmed(line);
    const bool dh = line.starts_with("dh ");
    if (!dh && !line.starts_with("psk ")) return false;
    line = trimmed(line.substr(line.find(' ')));
    const auto equals = line.find('=');
    if (equals == line.npos) return refuse("expected keyword=value");
    const auto keyword = line.substr(0, equals);
    const auto value = line.substr(equals + 1);
    if (!dh && keyword == "text") {
        to_.add_psk(SecretBytes{ByteView{reinterpret_cast<const std::uint8_t*>(value.data()), value.size()}});
        return true;
    }
    auto octets = from_hex(value);
    if (!octets || octets->empty()) return refuse(fmt::format("{}: expected hexadecimal octets", keyword));
    SecretBytes secret{*octets};
    wipe(*octets);
    if (dh && keyword == "private") {
        to_.add_private(std::move(secret));
    } else if (dh && keyword == "shared") {
        to_.add_shared(std::move(secret));
    } else if (!dh && keyword == "secret") {
        to_.add_psk(std::move(secret));
    } else {
        return refuse(
            fmt::format("\"{}\": expected {}", keyword, dh ? "private or shared" : "secret or text"));
    }
    return true;
}

/// `@a b@c : PSK "..."` of ipsec.secrets, `secret = "..."` of swanctl.conf.
bool KeyFileReader::take_secrets(std::string_view line) {
    line = trimmed(line);
    std::optional<SecretBytes> secret;
    if (const auto at = line.find(": PSK "); at != line.npos) {
        secret = secret_value(line.substr(at + 6));
    } else if (line.starts_with("secret = ") || line.starts_with("secret=")) {
        secret = secret_value(line.substr(line.find('=') + 1));
    }
    if (!secret) return false;
    to_.add_psk(std::move(*secret));
    log_ = true;  // the rest of such a file is no mistake either
    return true;
}

bool KeyFileReader::take_pem(std::string_view line) {
    const bool begins = line.starts_with("-----BEGIN ");
    if (pem_.empty() && !begins) return false;
    if (begins) pem_.clear();
    pem_ += line;
    pem_ += '\n';
    if (pem_.size() > largest_pem) pem_.clear();
    if (!line.starts_with("-----END ")) return true;
    const auto pem = std::exchange(pem_, {});
    if (pem.find("CERTIFICATE") == pem.npos) return true;
    const auto found = crypto::Certificate::from_pem(pem);
    if (!found) {
        to_.remark(fmt::format("{}:{}: {}", name_, line_, found.error().what));
        return true;
    }
    for (const auto& each : *found) to_.add_certificate(each);
    return true;
}

}  // namespace ike
