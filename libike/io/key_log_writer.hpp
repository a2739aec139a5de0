#pragma once
// A key log on disk: a folder with Wireshark's two tables and our own full log (see libike/sa/key_log.hpp).
#include <cstdio>
#include <memory>
#include <string>

#include "libike/base/error.hpp"
#include "libike/sa/key_log.hpp"

namespace ike::io {

/// Appends to `ikev2_decryption_table`, `esp_sa` and `ike.keys` in a folder that it creates where it is
/// missing. The files are readable by their owner alone; each line is on disk once write() is back.
class KeyLogWriter {
public:
    static Result<KeyLogWriter> open(const std::string& folder);
    /// The first failure is given, and again each time after it.
    Result<bool> write(const KeyRecord& record);

private:
    struct Close {
        void operator()(std::FILE* file) const;
    };
    using File = std::unique_ptr<std::FILE, Close>;
    static Result<File> append_to(const std::string& path);
    static bool put(std::FILE* file, const std::string& line);
    std::string folder_;
    File ike_table_, esp_table_, full_;
    int error_ = 0;
};

}  // namespace ike::io
