#include "libike/render/filter.hpp"

#include <fmt/format.h>

#include "libike/registry/registry.hpp"
#include "libike/render/filter_fields.hpp"

namespace ike {
namespace {

using filter::Literal;
using filter::Type;
using filter::Value;

enum class Operator : std::uint8_t { exists, equal, unequal, less, less_equal, more, more_equal, contains };

/// A comparison, or what joins two nodes.
struct Node {
    enum class Kind : std::uint8_t { compare, both, either, negate } kind = Kind::compare;
    std::size_t left = 0, right = 0;
    const filter::Entry* entry = nullptr;
    Operator operation = Operator::exists;
    std::vector<Literal> literals;  ///< several: any of them
};

constexpr std::size_t deepest = 200;
constexpr std::size_t most_nodes = 10'000;

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == ':' || c == '/' || c == '-' || c == '@' || c == '*' || c == '[' || c == ']' ||
           c == '%' || c == '+';
}

struct Token {
    std::string_view text;
    std::size_t at = 0;
    bool quoted = false;
    bool is(std::string_view what) const { return !quoted && text == what; }
};

/// Words, quoted text, and signs of one or two characters.
class Lexer {
public:
    explicit Lexer(std::string_view text) : text_{text} { advance(); }
    const Token& now() const { return now_; }
    bool at_end() const { return now_.text.empty() && !now_.quoted; }
    Token take() {
        const auto taken = now_;
        advance();
        return taken;
    }
    bool take_if(std::initializer_list<std::string_view> any) {
        const bool found = std::ranges::any_of(any, [&](auto each) { return now_.is(each); });
        if (found) advance();
        return found;
    }
    bool open_quote() const { return open_quote_; }

private:
    void advance() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n')) ++at_;
        const auto from = at_;
        if (from == text_.size()) {
            now_ = {{}, from, false};
            return;
        }
        if (text_[from] == '"') {
            const auto end = text_.find('"', from + 1);
            open_quote_ = open_quote_ || end == text_.npos;
            now_ = {text_.substr(from + 1, std::min(end, text_.size()) - from - 1), from, true};
            at_ = std::min(end, text_.size() - 1) + 1;
            return;
        }
        if (is_word(text_[from])) {
            while (at_ < text_.size() && is_word(text_[at_])) ++at_;
        } else {
            static constexpr std::string_view pairs[] = {"==", "!=", "<=", ">=", "&&", "||"};
            const auto two = text_.substr(from, 2);
            at_ += std::ranges::find(pairs, two) != std::end(pairs) ? 2 : 1;
        }
        now_ = {text_.substr(from, at_ - from), from, false};
    }
    std::string_view text_;
    std::size_t at_ = 0;
    Token now_;
    bool open_quote_ = false;
};

/// or: and { "||" and }; and: not { "&&" not }; not: "!" not | "(" or ")" | field [operator value | "in" "{"
/// .. "}"]
class Parser {
public:
    Parser(std::string_view text, std::span<const std::string_view> finding_ids)
        : lexer_{text}, finding_ids_{finding_ids} {}
    std::expected<std::vector<Node>, FilterError> parse() {
        root_ = either(0);
        if (!error_ && !lexer_.at_end())
            fail(lexer_.now().at, fmt::format("\"{}\" was not expected here", lexer_.now().text));
        if (!error_ && lexer_.open_quote()) fail(0, "a quotation mark has no other");
        if (error_) return std::unexpected{*error_};
        return std::move(nodes_);
    }
    std::size_t root() const { return root_; }

private:
    void fail(std::size_t at, std::string message) {
        if (!error_) error_ = FilterError{at + 1, std::move(message)};
    }
    std::size_t add(Node node) {
        if (nodes_.size() == most_nodes) fail(lexer_.now().at, "the filter is too long");
        nodes_.push_back(std::move(node));
        return nodes_.size() - 1;
    }
    std::size_t join(Node::Kind kind, std::size_t left, std::size_t right) {
        Node node;
        node.kind = kind;
        node.left = left;
        node.right = right;
        return add(std::move(node));
    }
    std::size_t either(std::size_t depth) {
        auto left = both(depth);
        while (!error_ && lexer_.take_if({"||", "or"})) left = join(Node::Kind::either, left, both(depth));
        return left;
    }
    std::size_t both(std::size_t depth) {
        auto left = negated(depth);
        while (!error_ && lexer_.take_if({"&&", "and"})) left = join(Node::Kind::both, left, negated(depth));
        return left;
    }
    std::size_t negated(std::size_t depth) {
        if (depth == deepest) fail(lexer_.now().at, "is nested too deeply");
        if (error_) return 0;
        if (lexer_.take_if({"!", "not"})) return join(Node::Kind::negate, negated(depth + 1), 0);
        const auto open = lexer_.now().at;
        if (!lexer_.take_if({"("})) return comparison();
        const auto inside = either(depth + 1);
        if (!error_ && !lexer_.take_if({")"})) fail(open, "this parenthesis is not closed");
        return inside;
    }
    std::size_t comparison() {
        const auto name = lexer_.take();
        Node node;
        node.entry = name.quoted ? nullptr : filter::find_field(name.text);
        if (node.entry == nullptr) {
            const auto similar = filter::similar_field(name.text);
            if (name.text.empty()) {
                fail(name.at, "a field was expected here");
            } else if (similar.empty()) {
                fail(name.at, fmt::format("there is no field \"{}\"; ikedump(1) lists them", name.text));
            } else {
                fail(name.at, fmt::format("there is no field \"{}\"; is \"{}\" meant?", name.text, similar));
            }
            return 0;
        }
        read_operator(node);
        return add(std::move(node));
    }
    void read_operator(Node& node) {
        static constexpr std::pair<std::string_view, Operator> operators[] = {
            {"==", Operator::equal},          {"eq", Operator::equal},      {"!=", Operator::unequal},
            {"ne", Operator::unequal},        {"<", Operator::less},        {"lt", Operator::less},
            {"<=", Operator::less_equal},     {"le", Operator::less_equal}, {">", Operator::more},
            {"gt", Operator::more},           {">=", Operator::more_equal}, {"ge", Operator::more_equal},
            {"contains", Operator::contains},
        };
        const auto sign = lexer_.now();
        if (lexer_.take_if({"="})) return fail(sign.at, "\"==\" compares");
        if (lexer_.take_if({"in"})) {
            node.operation = Operator::equal;
            return read_set(node);
        }
        for (const auto& [text, operation] : operators) {
            if (!sign.is(text)) continue;
            lexer_.take();
            node.operation = operation;
            check_operator(node, sign);
            return read_value(node);
        }
    }
    void check_operator(const Node& node, const Token& sign) {
        const auto type = node.entry->type;
        const bool ordered = type == Type::number || type == Type::seconds || type == Type::code;
        const bool orders = node.operation != Operator::equal && node.operation != Operator::unequal &&
                            node.operation != Operator::contains;
        if (orders && !ordered)
            fail(sign.at, fmt::format("{} has no order, only \"==\" and \"!=\"", node.entry->name));
        if (node.operation == Operator::contains && type != Type::text)
            fail(sign.at, fmt::format("{} is no text, \"contains\" makes no sense", node.entry->name));
    }
    void read_value(Node& node) {
        const auto word = lexer_.take();
        if (word.text.empty() && !word.quoted) return fail(word.at, "a value was expected here");
        auto literal = filter::read_literal(*node.entry, word.text);
        if (!literal) return fail(word.at, literal.error());
        check_finding(node, word);
        node.literals.push_back(std::move(*literal));
    }
    /// A finding that does not exist would match nothing and look like good news.
    void check_finding(const Node& node, const Token& word) {
        const bool named = node.entry->field == filter::Field::finding &&
                           node.operation != Operator::contains && !finding_ids_.empty();
        const auto is = [&](std::string_view id) { return detail::same_name(id, word.text); };
        if (!named || std::ranges::any_of(finding_ids_, is)) return;
        std::string near;
        for (const auto each : filter::nearest(word.text, finding_ids_))
            near += fmt::format("{}{}", near.empty() ? "" : ", ", each);
        fail(word.at, fmt::format("there is no finding \"{}\"; nearest: {}", word.text, near));
    }
    void read_set(Node& node) {
        const auto open = lexer_.now().at;
        if (!lexer_.take_if({"{"})) return fail(open, "\"{\" was expected here: in {1, 2}");
        do {
            read_value(node);
        } while (!error_ && lexer_.take_if({","}));
        if (!error_ && !lexer_.take_if({"}"})) fail(open, "this brace is not closed");
    }

    Lexer lexer_;
    std::span<const std::string_view> finding_ids_;
    std::vector<Node> nodes_;
    std::size_t root_ = 0;
    std::optional<FilterError> error_;
};

bool in_network(const Address& address, const Address& network, unsigned bits) {
    if (address.family() != network.family()) return false;
    const auto a = address.octets(), b = network.octets();
    const auto whole = bits / 8;
    if (!equal(a.first(whole), b.first(whole))) return false;
    const unsigned rest = bits % 8;
    return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

bool contains_folded(std::string_view text, std::string_view part) {
    const auto fold = [](char c) { return detail::lower(c); };
    return part.empty() || !std::ranges::search(text, part, {}, fold).empty();
}

template <class T>
bool ordered(Operator operation, T value, T literal) {
    switch (operation) {
        case Operator::less:
            return value < literal;
        case Operator::less_equal:
            return value <= literal;
        case Operator::more:
            return value > literal;
        case Operator::more_equal:
            return value >= literal;
        default:
            return value == literal;
    }
}

bool compares(const Node& node, const Value& value, const Literal& literal) {
    switch (node.entry->type) {
        case Type::address:
            return value.endpoint && in_network(value.endpoint->address, *literal.address, literal.prefix) &&
                   (!literal.port || *literal.port == value.endpoint->port);
        case Type::text:
            return node.operation == Operator::contains ? contains_folded(value.text, literal.text)
                                                        : detail::same_name(value.text, literal.text);
        case Type::seconds:
            return ordered(node.operation, value.seconds, literal.seconds);
        default:
            return ordered(node.operation, value.number, literal.number);
    }
}

class Comparison final : public filter::Taker {
public:
    explicit Comparison(const Node& node) : node_{node} {}
    bool take(const Value& value) override {
        any_ = true;
        if (node_.operation == Operator::exists) return node_.entry->type != Type::flag || value.number != 0;
        return std::ranges::any_of(node_.literals,
                                   [&](const Literal& each) { return compares(node_, value, each); });
    }
    bool any() const { return any_; }

private:
    const Node& node_;
    bool any_ = false;
};

}  // namespace

struct Filter::State {
    std::vector<Node> nodes;
    std::size_t root = 0;
    std::optional<EpochTime> begin;
    KnownFindings findings;

    bool is_known(const Observation& seen, Comparison& comparison) const {
        const auto frame = seen.packet.frame;
        const auto take = [&](std::string_view id) { return comparison.take({.text = id, .endpoint = {}}); };
        const auto at = findings.by_frame.find(frame);
        if (at != findings.by_frame.end() && std::ranges::any_of(at->second, take)) return true;
        const auto kind = seen.what.kind;
        if (kind != Kind::esp && kind != Kind::ah) return false;
        return std::ranges::any_of(findings.stretches, [&](const KnownFindings::Stretch& each) {
            return each.spi == seen.esp.spi && frame >= each.from && frame <= each.to && take(each.id);
        });
    }
    bool compare(const Node& node, const Observation& seen, double seconds) const {
        Comparison comparison{node};
        bool found = filter::each_value(seen, node.entry->field, seconds, comparison);
        if (!found && node.entry->field == filter::Field::finding) found = is_known(seen, comparison);
        return node.operation == Operator::unequal ? comparison.any() && !found : found;
    }
    bool holds(std::size_t at, const Observation& seen, double seconds) const {
        const auto& node = nodes[at];
        switch (node.kind) {
            case Node::Kind::both:
                return holds(node.left, seen, seconds) && holds(node.right, seen, seconds);
            case Node::Kind::either:
                return holds(node.left, seen, seconds) || holds(node.right, seen, seconds);
            case Node::Kind::negate:
                return !holds(node.left, seen, seconds);
            case Node::Kind::compare:
                break;
        }
        return compare(node, seen, seconds);
    }
};

Filter::Filter(std::unique_ptr<State> state) : state_{std::move(state)} {}
Filter::Filter(Filter&&) noexcept = default;
Filter& Filter::operator=(Filter&&) noexcept = default;
Filter::~Filter() = default;

std::expected<Filter, FilterError> Filter::parse(std::string_view text,
                                                 std::span<const std::string_view> finding_ids) {
    Parser parser{text, finding_ids};
    auto nodes = parser.parse();
    if (!nodes) return std::unexpected{nodes.error()};
    auto state = std::make_unique<State>();
    state->nodes = std::move(*nodes);
    state->root = parser.root();
    return Filter{std::move(state)};
}

bool Filter::matches(const Observation& seen) {
    if (!state_->begin) state_->begin = seen.packet.time;
    const auto since = between(*state_->begin, seen.packet.time);
    return state_->holds(state_->root, seen, static_cast<double>(since.count()) / 1e9);
}

bool Filter::asks(std::string_view field) const {
    return std::ranges::any_of(
        state_->nodes, [&](const Node& each) { return each.entry != nullptr && each.entry->name == field; });
}

std::vector<std::string> Filter::words(std::string_view field) const {
    std::vector<std::string> all;
    for (const auto& node : state_->nodes) {
        if (node.entry == nullptr || node.entry->name != field || node.operation == Operator::contains)
            continue;
        for (const auto& each : node.literals) all.push_back(each.text);
    }
    return all;
}

void Filter::know(KnownFindings findings) { state_->findings = std::move(findings); }

std::string to_string(const FilterError& error, std::string_view text) {
    return fmt::format("column {}: {}\n  {}\n  {:>{}}", error.column, error.message, text, "^", error.column);
}

}  // namespace ike
