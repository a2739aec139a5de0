#include "libike/render/json_fields.hpp"

namespace ike {

void JsonFields::begin(std::string_view key) {
    const auto comma = first_ ? 0u : 1u;
    first_ = false;
    auto* to = extend(out_, comma + (key.empty() ? 0 : key.size() + 3));
    if (comma != 0) *to++ = ',';
    if (key.empty()) return;
    // Keys are ours and need no escapes.
    *to++ = '"';
    std::memcpy(to, key.data(), key.size());
    std::memcpy(to + key.size(), "\":", 2);
}

void JsonFields::repeated(std::uint8_t kind, ByteView octets, const Members& make) {
    if (known_ == nullptr) return make();
    const auto from = out_.size();
    const auto place = static_cast<std::uint8_t>(kind << 1 | (first_ ? 1 : 0));
    known_->put(out_, place, octets, make);
    if (out_.size() > from) first_ = false;
}

void JsonFields::open(std::string_view key, std::string_view, Extent) {
    begin(key);
    out_.push_back('{');
    first_ = true;
}
void JsonFields::close() {
    out_.push_back('}');
    first_ = false;
}
void JsonFields::open_list(std::string_view key, std::string_view) {
    begin(key);
    out_.push_back('[');
    first_ = true;
}
void JsonFields::close_list() {
    out_.push_back(']');
    first_ = false;
}
void JsonFields::text(std::string_view key, std::string_view, std::string_view value) {
    if (key == "-") return;
    begin(key);
    put_json_string(out_, value);
}
void JsonFields::number(std::string_view key, std::string_view, std::uint64_t value) {
    if (key == "-") return;
    begin(key);
    put_number(out_, value);
}
void JsonFields::flag(std::string_view key, std::string_view, bool value) {
    if (key == "-") return;
    begin(key);
    put(out_, value ? std::string_view{"true"} : std::string_view{"false"});
}
void JsonFields::null(std::string_view key) {
    begin(key);
    put(out_, "null");
}
void JsonFields::octets(std::string_view key, std::string_view, ByteView value) {
    if (key == "-") return;
    begin(key);
    out_.push_back('"');
    put_hex(out_, value);
    out_.push_back('"');
}
void JsonFields::code(std::string_view key, std::string_view number_key, std::string_view label,
                      std::string_view name, std::uint64_t value) {
    text(key, label, name);
    number(number_key, label, value);
}

}  // namespace ike
