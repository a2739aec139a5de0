#pragma once
// Numbers that OpenSSL does not give out one by one.

namespace ike::crypto {

/// Hexadecimal.
struct ModpNumbers {
    const char* prime;
    const char* generator;
    const char* order;
};
extern const ModpNumbers modp_1024_160_numbers, modp_2048_224_numbers, modp_2048_256_numbers;

}  // namespace ike::crypto
