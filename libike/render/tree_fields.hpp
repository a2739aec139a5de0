#pragma once
// Fields as an indented tree, offsets in front.
#include "libike/render/fields.hpp"
#include "libike/render/text.hpp"

namespace ike {

class TreeFields final : public Fields {
public:
    explicit TreeFields(TextBuffer& out) : out_{out} {}
    void open(std::string_view key, std::string_view label, Extent where = {}) override;
    void close() override;
    void open_list(std::string_view key, std::string_view label) override;
    void close_list() override;
    void text(std::string_view key, std::string_view label, std::string_view value) override;
    void number(std::string_view key, std::string_view label, std::uint64_t value) override;
    void flag(std::string_view key, std::string_view label, bool value) override;
    void null(std::string_view) override {}
    void octets(std::string_view key, std::string_view label, ByteView value) override;
    void code(std::string_view key, std::string_view number_key, std::string_view label,
              std::string_view name, std::uint64_t number) override;

private:
    void indent();
    void label(std::string_view text);
    TextBuffer& out_;
    unsigned depth_ = 0;
};

}  // namespace ike
