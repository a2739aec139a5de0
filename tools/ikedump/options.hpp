#pragma once
// What ikedump can be asked.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

enum class View : std::uint8_t { lines, tree, json, ladder, stats, stats_json };

struct Options {
    std::vector<std::string> files;
    std::string interface;
    std::string filter;  ///< BPF, for an interface
    bool tree = false, json = false, ladder = false, stats = false;
    std::vector<std::string> keys;
    std::string display_filter;
    std::string follow;       ///< an SPI
    std::string write;        ///< pcapng of decrypted inner packets
    std::string write_plain;  ///< pcapng with SK opened
    std::string export_keys;  ///< folder
    std::string anonymise;    ///< pcapng; its keys go into the folder of that name with ".keys"
    std::uint64_t count = 0;  ///< 0: all
    bool ipsec_only = false;
    bool diagnose = false;
    std::string html;             ///< page to write
    std::string colour = "auto";  ///< always, never
    View view() const;
};
void declare(CLI::App& app, Options& options);
/// Why the options make no sense together.
std::optional<std::string> contradiction(const Options& options);
