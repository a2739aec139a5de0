#include "libike/io/key_log_writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

#include "libike/io/host.hpp"
#include "libike/io/socket_address.hpp"

namespace ike::io {

void KeyLogWriter::Close::operator()(std::FILE* file) const { std::fclose(file); }

Result<KeyLogWriter::File> KeyLogWriter::append_to(const std::string& path) {
    // Keys: for the owner alone, whatever the umask is.
    Descriptor descriptor{::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
    if (!descriptor || fchmod(descriptor.get(), 0600) != 0) {
        return failure(fmt::format("{}: the key log cannot be written: {}", path, errno_text(errno)),
                       "name a folder of your own with --keylog");
    }
    File file{fdopen(descriptor.get(), "a")};
    if (!file) return failure(fmt::format("{}: {}", path, errno_text(errno)));
    descriptor.release();
    return file;
}

Result<KeyLogWriter> KeyLogWriter::open(const std::string& folder) {
    if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
        return failure(fmt::format("{}: the folder for keys cannot be made: {}", folder, errno_text(errno)),
                       "name a folder whose parent exists and is yours with --keylog");
    }
    KeyLogWriter writer;
    writer.folder_ = folder;
    for (const auto& [name, place] :
         {std::pair{"ikev2_decryption_table", &writer.ike_table_}, std::pair{"esp_sa", &writer.esp_table_},
          std::pair{"ike.keys", &writer.full_}}) {
        auto file = append_to(folder + "/" + name);
        if (!file) return std::unexpected{file.error()};
        *place = std::move(*file);
    }
    return writer;
}

bool KeyLogWriter::put(std::FILE* file, const std::string& line) {
    return std::fwrite(line.data(), 1, line.size(), file) == line.size() && std::fputc('\n', file) != EOF &&
           std::fflush(file) == 0;
}

Result<bool> KeyLogWriter::write(const KeyRecord& record) {
    if (error_ == 0) {
        errno = 0;
        auto* table = std::holds_alternative<IkeKeyRecord>(record) ? ike_table_.get() : esp_table_.get();
        const bool good = std::visit(
            [&](const auto& keys) {
                const auto row = wireshark_line(keys);
                return put(full_.get(), key_log_line(keys)) && (!row || put(table, *row));
            },
            record);
        if (!good) error_ = errno != 0 ? errno : EIO;
    }
    if (error_ != 0) {
        return failure(fmt::format("{}: the key log is not complete: {}", folder_, errno_text(error_)),
                       "make room on the disk, or name another folder with --keylog");
    }
    return true;
}

}  // namespace ike::io
