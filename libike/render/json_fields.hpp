#pragma once
// Fields as JSON text, straight into a buffer.
#include "libike/render/fields.hpp"
#include "libike/render/known_texts.hpp"

namespace ike {

class JsonFields final : public Fields {
public:
    explicit JsonFields(TextBuffer& out) : out_{out} {}
    /// With texts that are remembered from one to the next.
    JsonFields(TextBuffer& out, KnownTexts& known) : out_{out}, known_{&known} {}
    bool shows_labels() const override { return false; }
    void repeated(std::uint8_t kind, ByteView octets, const Members& make) override;
    void open(std::string_view key, std::string_view label, Extent where = {}) override;
    void close() override;
    void open_list(std::string_view key, std::string_view label) override;
    void close_list() override;
    void text(std::string_view key, std::string_view label, std::string_view value) override;
    void number(std::string_view key, std::string_view label, std::uint64_t value) override;
    void flag(std::string_view key, std::string_view label, bool value) override;
    void null(std::string_view key) override;
    void octets(std::string_view key, std::string_view label, ByteView value) override;
    void code(std::string_view key, std::string_view number_key, std::string_view label,
              std::string_view name, std::uint64_t number) override;

private:
    /// Comma and key. An empty key is a member of a list; "-" is what people alone are shown.
    void begin(std::string_view key);
    TextBuffer& out_;
    KnownTexts* known_ = nullptr;
    bool first_ = true;  ///< nothing yet in the object or list at hand
};

}  // namespace ike
