// SPDX-License-Identifier: MIT OR Apache-2.0
// The hooks that the Verilator runtime calls. Compiled once with the runtime.

#include "verilated.h"

#include <cstdarg>
#include <cstddef>
#include <cstdio>

__thread HwgenHost* hwgen_current = nullptr;

namespace {

// A check that fails in every cycle must not fill the memory.
constexpr size_t kMostText = 1 << 16;

void raise(uint32_t flag, const char* file, int line, const char* what) {
    HwgenHost* const host = hwgen_current;
    if (!host) return;
    host->flags |= flag;
    if (what) hwgen_printf("%s:%d: %s\n", file ? file : "", line, what);
}

}  // namespace

#if defined(__clang__) && defined(__ELF__)
// Clang leaves this question, which assertions of the runtime ask of integers, to libatomic; that is
// a package of GCC's and need not be there.
extern "C" __attribute__((weak, used)) bool hwgen_is_lock_free(size_t size, const volatile void*)
    __asm__("__atomic_is_lock_free");
bool hwgen_is_lock_free(size_t size, const volatile void*) { return size <= sizeof(void*); }
#endif

extern "C" int hwgen_printf(const char* format, ...) {
    char line[4096];
    va_list args;
    va_start(args, format);
    const int length = std::vsnprintf(line, sizeof line, format, args);
    va_end(args);
    HwgenHost* const host = hwgen_current;
    if (host && host->text.size() < kMostText) host->text += line;
    return length;
}

void vl_finish(const char* file, int line, const char*) { raise(HWGEN_FINISH, file, line, "$finish"); }

void vl_stop(const char* file, int line, const char*) { raise(HWGEN_ERROR, file, line, nullptr); }

void vl_stop_maybe(const char* file, int line, const char*, bool) {
    raise(HWGEN_ERROR, file, line, nullptr);
}

void vl_fatal(const char* file, int line, const char*, const char* message) {
    raise(HWGEN_ERROR | HWGEN_DEAD, file, line, message);
    // The callers rely on not getting control back.
    throw HwgenDead{};
}

void vl_warn(const char* file, int line, const char*, const char* message) {
    raise(0, file, line, message);
}
