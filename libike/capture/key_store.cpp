#include "libike/capture/key_store.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include "libike/capture/key_file.hpp"

namespace ike {
namespace {

constexpr std::size_t most_remarks = 200;
constexpr std::size_t most_secrets = 4096;  // of each kind

struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

std::unexpected<Error> refuse(const std::string& path, std::string_view why) {
    return failure(fmt::format("cannot read keys from {}: {}", path, why));
}

struct KnownCipher {
    EncrId encr;
    unsigned key_bits;
    bool operator==(const KnownCipher&) const = default;
};

std::optional<std::string_view> binary(ByteView octets) {
    if (std::ranges::find(octets, 0) == octets.end()) return std::nullopt;
    return "it is binary, not text";
}

/// What somebody gave by mistake, by its first octets; nothing where it may be text.
std::optional<std::string_view> not_text(ByteView octets) {
    struct Beginning {
        std::array<std::uint8_t, 4> octets;
        std::size_t count;
        std::string_view what;
    };
    static constexpr Beginning known[] = {
        {{0xd4, 0xc3, 0xb2, 0xa1}, 4, "it is a capture"},
        {{0xa1, 0xb2, 0xc3, 0xd4}, 4, "it is a capture"},
        {{0x4d, 0x3c, 0xb2, 0xa1}, 4, "it is a capture"},
        {{0xa1, 0xb2, 0x3c, 0x4d}, 4, "it is a capture"},
        {{0x0a, 0x0d, 0x0d, 0x0a}, 4, "it is a capture"},
        {{0x1f, 0x8b}, 2, "it is compressed with gzip"},
        {{0x28, 0xb5, 0x2f, 0xfd}, 4, "it is compressed with zstd"},
        {{0xfd, '7', 'z', 'X'}, 4, "it is compressed with xz"},
        {{0xff, 0xfe}, 2, "it is UTF-16, not UTF-8"},
        {{0xfe, 0xff}, 2, "it is UTF-16, not UTF-8"},
    };
    for (const auto& each : known) {
        if (octets.size() >= each.count &&
            equal(octets.first(each.count), ByteView{each.octets}.first(each.count)))
            return each.what;
    }
    return binary(octets);
}

/// Lines of a file, one after the other; no more than a line and a block of it is held. Of a line that is too
/// long the beginning is given, longer than any that is not.
class LinesOfFile {
public:
    explicit LinesOfFile(std::FILE* file) : file_{file} {}
    /// Gives each line to `take`.
    template <class Take>
    Result<bool> each(const std::string& path, Take take) {
        SecretBytes block{1 << 16};
        while (const auto got = std::fread(block.mutable_view().data(), 1, block.size(), file_)) {
            auto octets = block.view().first(got);
            if (const auto why = first_ ? not_text(octets) : binary(octets)) return refuse(path, *why);
            first_ = false;
            while (!octets.empty()) {
                const auto end = static_cast<std::size_t>(std::ranges::find(octets, '\n') - octets.begin());
                const auto room =
                    KeyFileReader::longest_line + 1 - std::min(held_, KeyFileReader::longest_line + 1);
                append(octets.first(std::min(end, room)));
                if (end == octets.size()) break;
                take(text());
                held_ = 0;
                octets = octets.subspan(end + 1);
            }
        }
        if (std::ferror(file_)) return refuse(path, std::strerror(errno));
        if (held_ > 0) take(text());
        return true;
    }

private:
    std::string_view text() const { return {reinterpret_cast<const char*>(line_.view().data()), held_}; }
    void append(ByteView part) {
        if (held_ + part.size() > line_.size()) {
            // By hand, so that no unwiped copy stays behind.
            SecretBytes larger{std::max(held_ + part.size(), line_.size() * 2)};
            std::ranges::copy(line_.view().first(held_), larger.mutable_view().begin());
            line_ = std::move(larger);
        }
        std::ranges::copy(part, line_.mutable_view().begin() + static_cast<std::ptrdiff_t>(held_));
        held_ += part.size();
    }
    std::FILE* file_;
    SecretBytes line_;
    std::size_t held_ = 0;
    bool first_ = true;
};

bool is_key_file(const std::string& name) {
    return name.ends_with("ike.keys") || name.ends_with("ikev2_decryption_table") || name.ends_with("esp_sa");
}

bool same_keys(const IkeKeyRecord& a, const IkeKeyRecord& b) {
    return equal(a.keys.ei, b.keys.ei) && equal(a.keys.er, b.keys.er) && equal(a.keys.ai, b.keys.ai) &&
           equal(a.keys.ar, b.keys.ar);
}
bool same_keys(const EspKeyRecord& a, const EspKeyRecord& b) {
    return equal(a.encr_key, b.encr_key) && equal(a.integ_key, b.integ_key) && a.suite.encr == b.suite.encr;
}

}  // namespace

Result<std::size_t> KeyStore::load(const std::string& path) {
    std::error_code failed;
    if (!std::filesystem::is_directory(path, failed)) return load_file(path, Given::itself);
    std::vector<std::string> names;
    for (std::filesystem::directory_iterator at{path, failed}, end; !failed && at != end;
         at.increment(failed)) {
        if (is_key_file(at->path().filename().string())) names.push_back(at->path().string());
    }
    if (failed) return failure(fmt::format("cannot read keys from {}: {}", path, failed.message()));
    // Our own log knows most of each SA and comes first; other rows of the same keys then add nothing.
    std::ranges::sort(names, {}, [](const std::string& name) {
        return std::pair{!name.ends_with("ike.keys"), name};
    });
    if (names.empty()) {
        return failure(fmt::format("no keys in {}", path),
                       "ike.keys, ikev2_decryption_table or esp_sa are looked for");
    }
    std::size_t count = 0;
    for (const auto& name : names) {
        const auto added = load_file(name, Given::in_folder);
        if (!added) return added;
        count += *added;
    }
    return count;
}

Result<std::size_t> KeyStore::load_file(const std::string& path, Given given) {
    const std::unique_ptr<std::FILE, Close> file{std::fopen(path.c_str(), "rb")};
    if (!file) return refuse(path, std::strerror(errno));
    const auto before = ike_.size() + esp_.size() + secret_count();
    KeyFileReader reader{*this, path};
    const auto read = LinesOfFile{file.get()}.each(path, [&](std::string_view line) { reader.take(line); });
    if (!read) return std::unexpected{read.error()};
    reader.finish(given);
    remark_unusable(path);
    return ike_.size() + esp_.size() + secret_count() - before;
}

std::size_t KeyStore::add_lines(std::string_view text, const std::string& name) {
    const auto before = ike_.size() + esp_.size() + secret_count();
    KeyFileReader reader{*this, name};
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        reader.take(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    reader.finish(Given::itself);
    remark_unusable(name);
    return ike_.size() + esp_.size() + secret_count() - before;
}

/// Tells of ciphers that crypto lacks now, rather than at the first packet.
void KeyStore::remark_unusable(const std::string& name) {
    std::vector<KnownCipher> known;
    const auto look = [&](EncrId encr, unsigned key_bits) {
        const KnownCipher cipher{encr, key_bits};
        if (encr == EncrId{} || std::ranges::find(known, cipher) != known.end()) return;
        known.push_back(cipher);
        if (crypto::supported(encr, key_bits)) return;
        remark(fmt::format("{}: keys for {} cannot be used: this OpenSSL does not have it", name,
                           to_string(encr)));
    };
    for (; looked_at_ike_ < ike_.size(); ++looked_at_ike_)
        look(ike_[looked_at_ike_].suite.encr, ike_[looked_at_ike_].suite.key_bits);
    for (; looked_at_esp_ < esp_.size(); ++looked_at_esp_)
        look(esp_[looked_at_esp_].suite.encr, esp_[looked_at_esp_].suite.key_bits);
}

void KeyStore::remark(std::string text) {
    if (remarks_.size() < most_remarks) remarks_.push_back(std::move(text));
}

void KeyStore::add_secret(std::vector<SecretBytes>& to, SecretBytes secret) {
    ++offered_;
    const bool known = std::ranges::any_of(to, [&](const SecretBytes& each) { return equal(each, secret); });
    if (!known && !secret.empty() && to.size() < most_secrets) to.push_back(std::move(secret));
}

void KeyStore::add_certificate(crypto::Certificate certificate) {
    ++offered_;
    const auto same = [&](const crypto::Certificate& each) { return equal(each.der(), certificate.der()); };
    if (certificates_.size() < most_secrets && std::ranges::none_of(certificates_, same))
        certificates_.push_back(std::move(certificate));
}

bool KeyStore::add(IkeKeyRecord record) {
    ++offered_;
    auto& known = ike_by_spis_[{record.spi_i, record.spi_r}];
    const auto& keys = record.keys;
    has_more_ =
        has_more_ || !keys.d.empty() || !keys.pi.empty() || !keys.pr.empty() || !record.shared_secret.empty();
    for (const auto at : known.view()) {
        if (!same_keys(ike_[at], record)) continue;
        // A post-quantum preshared key leaves SK_e and SK_a as they are and makes SK_d, SK_pi and SK_pr anew
        // (RFC 8784).
        const bool tells_more = !record.keys.d.empty() && !equal(ike_[at].keys.d, record.keys.d);
        if (tells_more) ike_[at] = std::move(record);
        return false;
    }
    known.push_back(static_cast<Index>(ike_.size()));
    ike_.push_back(std::move(record));
    return true;
}

bool KeyStore::add(EspKeyRecord record) {
    ++offered_;
    auto& known = esp_by_spi_[record.spi];
    for (const auto at : known.view()) {
        if (same_keys(esp_[at], record)) return false;
    }
    known.push_back(static_cast<Index>(esp_.size()));
    esp_.push_back(std::move(record));
    return true;
}

std::span<const KeyStore::Index> KeyStore::ike(const SpiPair& spis) const {
    const auto* found = ike_by_spis_.find(spis);
    return found == nullptr ? std::span<const Index>{} : found->view();
}
std::span<const KeyStore::Index> KeyStore::esp(std::uint32_t spi) const {
    const auto* found = esp_by_spi_.find(spi);
    return found == nullptr ? std::span<const Index>{} : found->view();
}

}  // namespace ike
