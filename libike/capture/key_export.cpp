#include "libike/capture/key_export.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace ike {
namespace {

constexpr std::size_t most = 1'000'000;
constexpr mode_t owner_folder = 0700;
constexpr mode_t owner_file = 0600;

Result<bool> write_file(const std::string& path, const std::string& text) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, owner_file);
    if (file < 0) return failure(fmt::format("cannot write keys to {}: {}", path, std::strerror(errno)));
    std::size_t written = 0;
    while (written < text.size()) {
        const auto count = ::write(file, text.data() + written, text.size() - written);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        written += static_cast<std::size_t>(count);
    }
    const int why = errno;
    const bool closed = ::close(file) == 0;
    if (written < text.size() || !closed)
        return failure(fmt::format("cannot write keys to {}: {}", path, std::strerror(why)));
    return true;
}

IkeKeyRecord copy_of(const IkeKeyRecord& record) {
    IkeKeyRecord copy;
    copy.spi_i = record.spi_i;
    copy.spi_r = record.spi_r;
    copy.suite = record.suite;
    copy.keys = record.keys.clone();
    copy.shared_secret = record.shared_secret.clone();
    copy.nonce_i = record.nonce_i;
    copy.nonce_r = record.nonce_r;
    return copy;
}
EspKeyRecord copy_of(const EspKeyRecord& record) {
    EspKeyRecord copy;
    copy.spi = record.spi;
    copy.source = record.source;
    copy.destination = record.destination;
    copy.suite = record.suite;
    copy.encr_key = record.encr_key.clone();
    copy.integ_key = record.integ_key.clone();
    copy.ike_spi_i = record.ike_spi_i;
    copy.ike_spi_r = record.ike_spi_r;
    copy.shared_secret = record.shared_secret.clone();
    return copy;
}

/// Our own log says which PRF; rows of Wireshark's tables do not have it, and need no such line.
bool worth_own_line(const IkeKeyRecord& record) { return record.suite.prf != PrfId{}; }

}  // namespace

void KeyExport::add(const Observation& seen) {
    if (seen.what.kind == Kind::ike && seen.ike.key) {
        const auto& header = seen.ike.header;
        note(SpiPair{header.initiator_spi, header.responder_spi}, *seen.ike.key);
    } else if (seen.what.kind == Kind::esp && seen.esp.key) {
        note(seen.esp.spi, *seen.esp.key);
    }
}

void KeyExport::note(const SpiPair& spis, KeyStore::Index at) {
    if (ike_.size() < most) ike_.insert({spis, at});
}
void KeyExport::note(std::uint32_t spi, KeyStore::Index at) {
    if (esp_.size() < most) esp_.insert({spi, at});
}

Result<std::size_t> KeyExport::write(const KeyStore& keys, const std::string& folder) const {
    if (::mkdir(folder.c_str(), owner_folder) != 0 && errno != EEXIST)
        return failure(fmt::format("cannot make the folder {}: {}", folder, std::strerror(errno)));
    std::string own, table, esp_table;
    for (const auto& [spis, at] : ike_) {
        auto record = copy_of(keys.ike(at));
        record.spi_i = spis.initiator;
        record.spi_r = spis.responder;
        if (worth_own_line(record)) own += key_log_line(record) + "\n";
        if (const auto row = wireshark_line(record)) table += *row + "\n";
    }
    for (const auto& [spi, at] : esp_) {
        auto record = copy_of(keys.esp_record(at));
        record.spi = spi;
        own += key_log_line(record) + "\n";
        if (const auto row = wireshark_line(record)) esp_table += *row + "\n";
    }
    for (const auto& [name, text] : {std::pair{"ike.keys", &own}, std::pair{"ikev2_decryption_table", &table},
                                     std::pair{"esp_sa", &esp_table}}) {
        if (const auto done = write_file(folder + "/" + name, *text); !done)
            return std::unexpected{done.error()};
    }
    return ike_.size() + esp_.size();
}

}  // namespace ike
