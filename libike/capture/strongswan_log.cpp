// charon's log: "12[IKE] Sk_ei secret => 36 bytes @ 0x7f..", then "12[IKE]    0: 65 EB ..", with whatever the
// log's writer puts before the thread's number.
#include <charconv>

#include "libike/capture/algorithm_words.hpp"
#include "libike/capture/key_file.hpp"

namespace ike {
namespace {

constexpr std::size_t most_threads = 256;
constexpr std::size_t no_place = std::string_view::npos;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Where "12[IKE] " begins; nowhere else in a log are there two digits before three capitals in brackets.
std::size_t tag_place(std::string_view line) {
    for (auto at = line.find('['); at != no_place; at = line.find('[', at + 1)) {
        if (at < 2 || at + 5 >= line.size()) continue;
        const bool number = is_digit(line[at - 1]) && is_digit(line[at - 2]);
        const auto group = line.substr(at + 1, 3);
        const bool capitals = std::ranges::all_of(group, [](char c) { return c >= 'A' && c <= 'Z'; });
        if (number && capitals && line[at + 4] == ']' && line[at + 5] == ' ') return at - 2;
    }
    return no_place;
}

std::uint64_t number64(ByteView octets) { return Reader{octets}.number<std::uint64_t>("spi"); }

/// "=> 36 bytes @" at the end of a dump's first line; the label is what comes before.
std::optional<std::pair<std::string_view, std::size_t>> dump_head(std::string_view text) {
    const auto arrow = text.find(" => ");
    if (arrow == no_place) return std::nullopt;
    auto rest = text.substr(arrow + 4);
    std::size_t size = 0;
    const auto [end, failed] = std::from_chars(rest.data(), rest.data() + rest.size(), size);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    if (failed != std::errc{} || !rest.starts_with(" bytes")) return std::nullopt;
    return std::pair{text.substr(0, arrow), size};
}

/// "  16: 81 DD .." of a dump: the octets' text, or nothing.
std::optional<std::string_view> dump_line(std::string_view text) {
    const auto from = text.find_first_not_of(' ');
    if (from == no_place || !is_digit(text[from])) return std::nullopt;
    const auto colon = text.find(": ", from);
    if (colon == no_place || !std::ranges::all_of(text.substr(from, colon - from), is_digit))
        return std::nullopt;
    return text.substr(colon + 2);
}

}  // namespace

bool StrongswanReader::recognises(std::string_view line) { return tag_place(line) != no_place; }

bool StrongswanReader::take(std::string_view line) {
    const auto at = tag_place(line);
    if (at == no_place) return false;
    const auto group = line.substr(at + 3, 3);
    if (group != "IKE" && group != "CHD" && group != "CFG") return true;
    if (threads_.size() > most_threads) threads_.clear();
    auto found = threads_.find(line.substr(at, 2));
    if (found == threads_.end()) found = threads_.emplace(std::string{line.substr(at, 2)}, Thread{}).first;
    auto text = line.substr(at + 8);
    // With ike_name the connection's name comes first: "<psk|1> ".
    if (text.starts_with('<') && text.find("> ") != no_place) text.remove_prefix(text.find("> ") + 2);
    statement(found->second, text);
    return true;
}

void StrongswanReader::statement(Thread& thread, std::string_view text) {
    if (thread.dump.wanted()) {
        if (const auto octets = dump_line(text)) {
            thread.dump.take(*octets);
            if (!thread.dump.wanted()) dumped(thread);
            return;
        }
    }
    thread.dump.begin(0);
    if (const auto head = dump_head(text)) {
        thread.label = head->first;
        thread.dump.begin(head->second);
        return;
    }
    constexpr std::string_view chosen_ike = "selected proposal: IKE:";
    constexpr std::string_view chosen_esp = "selected proposal: ESP:";
    if (text.starts_with(chosen_ike)) thread.ike_suite = ike_suite_words(text.substr(chosen_ike.size()));
    if (text.starts_with(chosen_esp)) thread.esp_suite = esp_suite_words(text.substr(chosen_esp.size()));
    if (text.starts_with("  SPI 0x")) installed(thread, text.substr(8));
}

void StrongswanReader::dumped(Thread& thread) {
    const auto& label = thread.label;
    if (label == "natd_chunk") {
        // SPIi | SPIr | address | port; before the answer there is no SPIr.
        const auto octets = thread.dump.value();
        if (octets.size() >= 16 && number64(octets.view().subspan(8)) != 0)
            thread.spis = {number64(octets), number64(octets.view().subspan(8))};
    } else if (label == "shared Diffie Hellman secret" || label == "DH secret" || label == "KE secret" ||
               label == "shared key exchange secret") {
        thread.ike.shared_secret = thread.dump.value();
        to_.add_shared(thread.dump.value());
    } else if (label == "secret") {
        to_.add_psk(thread.dump.value());
    } else if (!dumped_ike(thread)) {
        dumped_child(thread);
    }
}

bool StrongswanReader::dumped_ike(Thread& thread) {
    auto& keys = thread.ike.keys;
    for (const auto& [label, key] : {std::pair{"Sk_d secret", &keys.d}, std::pair{"Sk_ai secret", &keys.ai},
                                     std::pair{"Sk_ar secret", &keys.ar}, std::pair{"Sk_ei secret", &keys.ei},
                                     std::pair{"Sk_er secret", &keys.er}, std::pair{"Sk_pi secret", &keys.pi},
                                     std::pair{"Sk_pr secret", &keys.pr}}) {
        if (thread.label != label) continue;
        *key = thread.dump.value();
        if (key == &keys.pr) add_ike(thread);
        return true;
    }
    return false;
}

void StrongswanReader::add_ike(Thread& thread) {
    auto record = std::exchange(thread.ike, {});
    if (!thread.ike_suite || record.keys.ei.empty()) return;
    record.suite = *thread.ike_suite;
    // Of a rekeyed IKE SA the log has no SPIs; the ICV will tell.
    const auto spis = std::exchange(thread.spis, {});
    record.spi_i = spis.initiator;
    record.spi_r = spis.responder;
    to_.add(std::move(record));
}

void StrongswanReader::dumped_child(Thread& thread) {
    if (thread.label == "encryption initiator key") {
        thread.forth = {};
        thread.back = {};
        thread.installed = 0;
        thread.forth.encr_key = thread.dump.value();
    } else if (thread.label == "encryption responder key") {
        thread.back.encr_key = thread.dump.value();
    } else if (thread.label == "integrity initiator key") {
        thread.forth.integ_key = thread.dump.value();
    } else if (thread.label == "integrity responder key") {
        thread.back.integ_key = thread.dump.value();
    }
}

/// "0xcc34c1d6, src 203.0.113.2 dst 192.0.2.2" without its "0x". Which of the keys it has depends on who
/// began the exchange, which the log does not say here: both are kept, the ICV decides.
void StrongswanReader::installed(Thread& thread, std::string_view text) {
    std::uint32_t spi = 0;
    std::from_chars(text.data(), text.data() + text.size(), spi, 16);
    if (spi == 0 || !thread.esp_suite || thread.forth.encr_key.empty() || thread.installed == 2) return;
    ++thread.installed;
    for (const auto* each : {&thread.forth, &thread.back}) {
        EspKeyRecord record;
        record.spi = spi;
        record.suite = *thread.esp_suite;
        record.suite.ke = KeId::none;
        record.suite.additional.clear();
        record.encr_key = each->encr_key.clone();
        record.integ_key = each->integ_key.clone();
        to_.add(std::move(record));
    }
}

}  // namespace ike
