#include "libike/render/tree_fields.hpp"

namespace ike {
namespace {

constexpr std::size_t octets_a_line = 32;
constexpr std::size_t longest_dump = 2048;

}  // namespace

void TreeFields::indent() {
    put(out_, "       ");
    for (unsigned i = 0; i < depth_; ++i) put(out_, "  ");
}

void TreeFields::label(std::string_view text) {
    indent();
    put(out_, text);
    put(out_, ": ");
}

void TreeFields::open(std::string_view, std::string_view label, Extent where) {
    ++depth_;
    if (label.empty()) return;
    if (where.length > 0) {
        fmt::format_to(fmt::appender(out_), "{:>6} ", where.offset);
    } else {
        put(out_, "       ");
    }
    for (unsigned i = 1; i < depth_; ++i) put(out_, "  ");
    put_printable(out_, label);
    if (where.length > 0) fmt::format_to(fmt::appender(out_), ", {} octets", where.length);
    put(out_, '\n');
}
void TreeFields::close() { --depth_; }

void TreeFields::open_list(std::string_view, std::string_view text) {
    if (text.empty()) return;
    indent();
    put(out_, text);
    put(out_, '\n');
}
void TreeFields::close_list() {}

void TreeFields::text(std::string_view, std::string_view name, std::string_view value) {
    if (name.empty()) return;
    label(name);
    put_printable(out_, value, 2000);
    put(out_, '\n');
}
void TreeFields::number(std::string_view, std::string_view name, std::uint64_t value) {
    if (name.empty()) return;
    label(name);
    put_number(out_, value);
    put(out_, '\n');
}
void TreeFields::flag(std::string_view, std::string_view name, bool value) {
    if (name.empty()) return;
    label(name);
    put(out_, value ? std::string_view{"yes"} : std::string_view{"no"});
    put(out_, '\n');
}
void TreeFields::octets(std::string_view, std::string_view name, ByteView value) {
    if (name.empty()) return;
    label(name);
    const auto shown = value.first(std::min(value.size(), longest_dump));
    for (std::size_t at = 0; at < shown.size(); at += octets_a_line) {
        if (at > 0) {
            put(out_, '\n');
            indent();
            for (std::size_t i = 0; i < name.size() + 2; ++i) put(out_, ' ');
        }
        put_hex(out_, shown.subspan(at, std::min(octets_a_line, shown.size() - at)));
    }
    if (value.size() > shown.size()) fmt::format_to(fmt::appender(out_), "... ({} octets)", value.size());
    if (value.empty()) put(out_, "(none)");
    put(out_, '\n');
}
void TreeFields::code(std::string_view, std::string_view, std::string_view name, std::string_view code,
                      std::uint64_t value) {
    if (name.empty()) return;
    label(name);
    put_printable(out_, code);
    // Names of nameless numbers have the number in them.
    if (!code.ends_with(')')) fmt::format_to(fmt::appender(out_), " ({})", value);
    put(out_, '\n');
}

}  // namespace ike
