#include "libike/diagnose/report.hpp"

#include <algorithm>

#include "libike/diagnose/views.hpp"

namespace ike::diagnose {
namespace {

constexpr std::size_t width = 100;

void paint(TextBuffer& out, Colour colour, std::string_view code) {
    if (colour == Colour::ansi) put(out, code);
}
std::string_view code_of(Severity severity) {
    return severity == Severity::error     ? "\x1b[1;31m"
           : severity == Severity::warning ? "\x1b[1;33m"
                                           : "\x1b[36m";
}
constexpr std::string_view plain = "\x1b[0m", bold = "\x1b[1m";

/// Words of `text` in lines, each after `indent` spaces; the first line goes on where it is.
void put_wrapped(TextBuffer& out, std::string_view text, std::size_t indent) {
    std::size_t column = indent;
    bool first = true;
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        const auto word = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (!first && column + 1 + word.size() > width) {
            put(out, '\n');
            put(out, std::string(indent, ' '));
            column = indent;
        } else if (!first) {
            put(out, ' ');
            ++column;
        }
        put_printable(out, word, 400);
        column += word.size();
        first = false;
    }
    put(out, '\n');
}

void put_labelled(TextBuffer& out, std::string_view label, std::string_view text) {
    if (text.empty()) return;
    put(out, fmt::format("   {:<9}", label));
    put_wrapped(out, text, 12);
}

/// With two captures it must be clear which is the first.
std::string numbered(const Report& report, std::size_t index, const std::string& name) {
    if (report.facts.size() < 2) return name;
    return fmt::format("{}: {}", index == 0 ? "first" : "second", name);
}

void put_summary(TextBuffer& out, const Facts& facts, const std::string& name) {
    put_printable(out, name);
    put(out,
        fmt::format(": {} packets in {}; {} IKE SA{}, {} ESP SA{}", facts.frames,
                    duration_text(between(facts.begin, facts.end)), facts.sas.size() + facts.forgotten_sas,
                    facts.sas.size() + facts.forgotten_sas == 1 ? "" : "s",
                    facts.flows.size() + facts.forgotten_flows,
                    facts.flows.size() + facts.forgotten_flows == 1 ? "" : "s"));
    if (facts.forgotten_sas + facts.forgotten_flows > 0) put(out, " (more than fit: judged in turns)");
    if (facts.keys_given) {
        put(out,
            fmt::format(
                "; keys opened {} IKE and {} ESP", std::ranges::count_if(facts.sas, &IkeSaFacts::readable),
                std::ranges::count_if(facts.flows, [](const auto& each) { return each.opened > 0; })));
    }
    put(out, '\n');
}

void put_finding(TextBuffer& out, const Diagnosis& finding, std::size_t number, FileNames files,
                 Colour colour) {
    put(out, '\n');
    paint(out, colour, code_of(finding.severity));
    put(out, fmt::format("{}. {}", number, to_string(finding.severity)));
    paint(out, colour, plain);
    put(out, ' ');
    paint(out, colour, bold);
    put(out, finding.id);
    paint(out, colour, plain);
    put(out, fmt::format(" ({})\n   ", to_string(finding.grade)));
    put_wrapped(out, finding.message, 3);
    put_labelled(out, "SA", finding.sa);
    put_labelled(out, "frames", frames_text(finding, files));
    put_labelled(out, "try", finding.advice);
    put_labelled(out, "see", finding.reference);
}

void put_note(TextBuffer& out, const Diagnosis& finding, FileNames files) {
    put(out, "   - ");
    auto text = fmt::format("{}: {}", finding.id, finding.message);
    const auto frames = frames_text(finding, files);
    if (!frames.empty()) text += " [" + frames + "]";
    put_wrapped(out, text, 5);
}

}  // namespace

std::string frames_text(const Diagnosis& finding, FileNames files) {
    std::string text;
    for (std::size_t i = 0; i < finding.frames.size(); ++i) {
        const auto& each = finding.frames[i];
        const bool new_file = i == 0 || finding.frames[i - 1].file != each.file;
        if (new_file && files.size() > 1) {
            const auto& path = files[std::min<std::size_t>(each.file, files.size() - 1)];
            text += fmt::format("{}{} ", i == 0 ? "" : "; ", path.substr(path.rfind('/') + 1));
        } else if (i > 0) {
            text += ", ";
        }
        text += fmt::format("{}", each.frame);
    }
    return text;
}

void put_text(TextBuffer& out, const Report& report, FileNames files, Colour colour) {
    for (std::size_t i = 0; i < report.facts.size() && i < files.size(); ++i)
        put_summary(out, report.facts[i], numbered(report, i, files[i]));
    const auto of = [&](Severity severity) {
        return std::ranges::count(report.findings, severity, &Diagnosis::severity);
    };
    const auto errors = of(Severity::error), warnings = of(Severity::warning);
    std::size_t number = 0;
    for (const auto& each : report.findings) {
        if (each.severity != Severity::note) put_finding(out, each, ++number, files, colour);
    }
    if (of(Severity::note) > 0) {
        put(out, "\nNotes\n");
        for (const auto& each : report.findings) {
            if (each.severity == Severity::note) put_note(out, each, files);
        }
    }
    put(out, '\n');
    if (number == 0) {
        put(out, "Nothing is wrong as far as ");
        put(out, report.facts.size() > 1 ? "these captures tell.\n" : "this capture tells.\n");
        return;
    }
    put(out, fmt::format("{} error{}, {} warning{}.\n", errors, errors == 1 ? "" : "s", warnings,
                         warnings == 1 ? "" : "s"));
}

namespace {

void put_key(TextBuffer& out, std::string_view key, std::string_view text) {
    put(out, fmt::format(",\"{}\":", key));
    put_json_string(out, text);
}

}  // namespace

void put_json(TextBuffer& out, const Report& report, FileNames files) {
    for (const auto& each : report.findings) {
        put(out, "{\"id\":");
        put_json_string(out, each.id);
        put_key(out, "severity", to_string(each.severity));
        put_key(out, "grade", to_string(each.grade));
        put(out, ",\"frames\":[");
        for (std::size_t i = 0; i < each.frames.size(); ++i) {
            put(out, i == 0 ? "{\"file\":" : ",{\"file\":");
            put_json_string(out,
                            each.frames[i].file < files.size() ? files[each.frames[i].file] : std::string{});
            put(out, fmt::format(",\"frame\":{}}}", each.frames[i].frame));
        }
        put(out, "],\"sa\":");
        if (each.sa.empty()) {
            put(out, "null");
        } else {
            put_json_string(out, each.sa);
        }
        put_key(out, "message", each.message);
        put_key(out, "advice", each.advice);
        put_key(out, "reference", each.reference);
        put(out, "}\n");
    }
}

}  // namespace ike::diagnose
