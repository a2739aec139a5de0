#pragma once
// What every tool's exit code means.

inline constexpr int exit_ok = 0;        ///< did it
inline constexpr int exit_negative = 1;  ///< did it, and the answer is no: findings, no reply
inline constexpr int exit_usage = 2;
inline constexpr int exit_failure = 3;  ///< could not: file, permission, socket
