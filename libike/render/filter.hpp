#pragma once
// A display filter in the style of packet analysers:
//   exchange == IKE_AUTH && notify == UPDATE_SA_ADDRESSES
//   spi == c1a9656b or src == 192.0.2.0/24 and not decrypted
//   finding && severity >= warning, inner.port in {53, 443}, id contains example
// A field that several values have (payload, notify, addr) is equal where one of them is, and unequal where
// it has values and none is equal. A field alone asks whether there is a value, and of a flag whether it is
// set.
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "libike/capture/observation.hpp"

namespace ike {

/// What is wrong with a filter, and where: `column` counts from 1.
struct FilterError {
    std::size_t column = 1;
    std::string message;
};
/// The filter's text with a mark below the column, and the message.
std::string to_string(const FilterError& error, std::string_view text);

/// Which packets the findings about a whole capture concern, by identifier: literals of the catalogue.
struct KnownFindings {
    /// ESP or AH of one SPI, from one frame to another.
    struct Stretch {
        std::string_view id;
        std::uint32_t spi = 0;
        std::uint64_t from = 0, to = 0;
    };
    std::unordered_map<std::uint64_t, std::vector<std::string_view>> by_frame;
    std::vector<Stretch> stretches;
};

class Filter {
public:
    /// Where identifiers of findings are given, the filter compares with those only, and the error names
    /// the nearest ones to a stranger.
    static std::expected<Filter, FilterError> parse(std::string_view text,
                                                    std::span<const std::string_view> finding_ids = {});
    Filter(Filter&&) noexcept;
    Filter& operator=(Filter&&) noexcept;
    ~Filter();
    /// Give it every packet, in order: times count from the first one.
    bool matches(const Observation& seen);
    /// True where the filter asks for a field of this name.
    bool asks(std::string_view field) const;
    /// What the field of this name is compared with, in lower case.
    std::vector<std::string> words(std::string_view field) const;
    /// Packets have these findings, too.
    void know(KnownFindings findings);

private:
    struct State;
    explicit Filter(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// A field's name and what it is, for manuals and completions.
struct FilterField {
    std::string_view name;
    std::string_view description;
};
std::span<const FilterField> filter_fields();

}  // namespace ike
