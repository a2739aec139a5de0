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

constexpr std::size_t most_remarks = 20;
constexpr std::size_t most_secrets = 4096;  // of each kind
constexpr std::size_t largest_file = std::size_t{1} << 30;

struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

Result<SecretBytes> read_whole(const std::string& path) {
    const std::unique_ptr<std::FILE, Close> file{std::fopen(path.c_str(), "rb")};
    if (!file) return failure(fmt::format("cannot read keys from {}: {}", path, std::strerror(errno)));
    SecretBytes text;
    std::size_t held = 0;
    while (true) {
        if (held == text.size()) {
            // By hand, so that no unwiped copy stays behind.
            SecretBytes larger{std::max<std::size_t>(1 << 16, text.size() * 2)};
            std::ranges::copy(text.view(), larger.mutable_view().begin());
            text = std::move(larger);
        }
        const auto got = std::fread(text.mutable_view().data() + held, 1, text.size() - held, file.get());
        if (got == 0) break;
        held += got;
        if (held > largest_file) return failure(fmt::format("cannot read keys from {}: is too large", path));
    }
    if (std::ferror(file.get()))
        return failure(fmt::format("cannot read keys from {}: {}", path, std::strerror(errno)));
    return text.slice(0, held);
}

struct KnownCipher {
    EncrId encr;
    unsigned key_bits;
    bool operator==(const KnownCipher&) const = default;
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
    if (!std::filesystem::is_directory(path, failed)) return load_file(path);
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
        const auto added = load_file(name);
        if (!added) return added;
        count += *added;
    }
    return count;
}

Result<std::size_t> KeyStore::load_file(const std::string& path) {
    const auto text = read_whole(path);
    if (!text) return std::unexpected{text.error()};
    return add_lines({reinterpret_cast<const char*>(text->view().data()), text->size()}, path);
}

std::size_t KeyStore::add_lines(std::string_view text, const std::string& name) {
    const auto before = ike_.size() + esp_.size() + secret_count();
    KeyFileReader reader{*this, name};
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        reader.take(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    reader.finish();
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
    const bool known = std::ranges::any_of(to, [&](const SecretBytes& each) { return equal(each, secret); });
    if (!known && !secret.empty() && to.size() < most_secrets) to.push_back(std::move(secret));
}

void KeyStore::add_certificate(crypto::Certificate certificate) {
    const auto same = [&](const crypto::Certificate& each) { return equal(each.der(), certificate.der()); };
    if (certificates_.size() < most_secrets && std::ranges::none_of(certificates_, same))
        certificates_.push_back(std::move(certificate));
}

bool KeyStore::add(IkeKeyRecord record) {
    auto& known = ike_by_spis_[{record.spi_i, record.spi_r}];
    const auto& keys = record.keys;
    has_more_ = has_more_ || !keys.pi.empty() || !keys.pr.empty() || !record.shared_secret.empty();
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
