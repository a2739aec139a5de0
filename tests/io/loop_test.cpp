#include "libike/io/loop.hpp"

#include <unistd.h>

#include <csignal>

#include "libike/io/control.hpp"
#include "tests/catch.hpp"

using namespace ike;
using namespace std::chrono_literals;

TEST_CASE("timers go off in order, and not once they are cancelled, set anew or dropped", "[io]") {
    io::Loop loop;
    std::string order;
    io::Timer first{loop}, second{loop}, cancelled{loop}, anew{loop};
    const auto begin = io::now();
    second.set(begin + 20ms, [&] { order += "2"; });
    first.set(begin + 5ms, [&] { order += "1"; });
    cancelled.set(begin + 1ms, [&] { order += "cancelled"; });
    cancelled.cancel();
    anew.set(begin + 1ms, [&] { order += "old"; });
    anew.set(begin + 30ms, [&] { order += "3"; });
    {
        io::Timer dropped{loop};
        dropped.set(begin + 1ms, [&] { order += "dropped"; });
    }
    CHECK(loop.run_until([&] { return order.ends_with('3'); }, begin + 30s) == io::Ended::done);
    CHECK(order == "123");
}

TEST_CASE("a deadline that is over ends the wait, a condition that holds needs none", "[io]") {
    io::Loop loop;
    CHECK(loop.run_until([] { return true; }) == io::Ended::done);
    CHECK(loop.run_until([] { return false; }, io::now()) == io::Ended::deadline);
    CHECK(loop.run_for(1ms) == io::Ended::deadline);
}

TEST_CASE("an interrupt ends the wait and can be forgotten for a clean end", "[io]") {
    io::Loop loop;
    loop.catch_interrupts();
    kill(getpid(), SIGTERM);
    CHECK(loop.run_until({}, io::now() + 30s) == io::Ended::interrupted);
    CHECK(loop.interrupted());
    loop.forget_interrupt();
    CHECK(loop.run_for(1ms) == io::Ended::deadline);
}

TEST_CASE("the wall clock and the loop's clock run together", "[io]") {
    const auto instant = io::now();
    const auto difference = std::chrono::system_clock::now() - io::wall_time(instant);
    CHECK(difference < 10s);
    CHECK(difference > -10s);
}

TEST_CASE("a control socket answers, is its owner's alone, takes a stale one's place and no live one's",
          "[io]") {
    const auto path = "/tmp/ike-control-test-" + std::to_string(getpid());
    const auto answer = [](std::string_view request) { return "you said " + std::string{request}; };
    {
        io::Loop loop;
        const auto server = io::ControlServer::open(loop, path, answer);
        REQUIRE(server);
        CHECK_FALSE(io::ControlServer::open(loop, path, answer));
    }
    CHECK(access(path.c_str(), F_OK) != 0);
    const auto nobody = io::control_request(path, "status", 1s);
    REQUIRE_FALSE(nobody);
    CHECK(nobody.error().what.find(path) != std::string::npos);
}
