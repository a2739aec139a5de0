// ikebench: how long moves take, and what they cost the data, as a distribution.
#include <CLI/CLI.hpp>

#include "tools/common/exit_codes.hpp"
#include "tools/common/report.hpp"
#include "tools/ikebench/run.hpp"

int main(int argc, char** argv) {
    CLI::App app{"Measure an IKE gateway, or our own"};
    Options options;
    declare(app, options);
    try {
        app.parse(argc, argv);
        if (const auto why = contradiction(options))
            throw CLI::ValidationError{*why, CLI::ExitCodes::ValidationError};
    } catch (const CLI::ParseError& stop) {
        return app.exit(stop) == 0 ? exit_ok : exit_usage;
    }
    return report("ikebench", run(options));
}
