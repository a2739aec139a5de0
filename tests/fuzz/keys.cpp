// Any text as a file of keys, in whatever mixture of formats.
#include "libike/capture/key_store.hpp"

using namespace ike;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    KeyStore keys;
    keys.add_lines({reinterpret_cast<const char*>(data), size}, "fuzz");
    // What was taken in can be written out again.
    for (std::size_t i = 0; i < keys.ike_count(); ++i) {
        const auto& record = keys.ike(static_cast<KeyStore::Index>(i));
        (void)key_log_line(record);
        (void)wireshark_line(record);
    }
    for (std::size_t i = 0; i < keys.esp_count(); ++i) {
        const auto& record = keys.esp_record(static_cast<KeyStore::Index>(i));
        (void)key_log_line(record);
        (void)wireshark_line(record);
    }
    return 0;
}
