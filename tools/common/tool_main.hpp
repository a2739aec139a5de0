#pragma once
// The main() that all tools share.
#include <CLI/CLI.hpp>

#include "tools/common/exit_codes.hpp"
#include "tools/common/report.hpp"

/// Parses the command line into the tool's Options (its declare() and contradiction()), runs it and reports
/// how that ended. Returns the exit code: usage errors are exit_usage, an error of `run` is one line on
/// standard error.
template <class Options, class Run>
int tool_main(const char* tool, const char* what, int argc, char** argv, Run run) {
    CLI::App app{what};
    Options options;
    declare(app, options);
    try {
        app.parse(argc, argv);
        if (const auto why = contradiction(options))
            throw CLI::ValidationError{*why, CLI::ExitCodes::ValidationError};
    } catch (const CLI::ParseError& stop) {
        return app.exit(stop) == 0 ? exit_ok : exit_usage;
    }
    return report(tool, run(options));
}
