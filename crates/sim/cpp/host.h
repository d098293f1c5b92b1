// SPDX-License-Identifier: MIT OR Apache-2.0
// What the Verilator runtime tells its host. Force-included before every other header, so that the
// runtime prints through hwgen_printf and never ends the process.
#ifndef HWGEN_HOST_H_
#define HWGEN_HOST_H_

#include <cstdint>
#include <string>

// Takes the place of printf in the runtime: $error, $display and $warning end up here.
extern "C" int hwgen_printf(const char* format, ...) __attribute__((format(printf, 1, 2)));

// The runtime declares its other hooks, but not this one.
extern void vl_stop_maybe(const char* file, int line, const char* hier, bool maybe);

class VerilatedContext;

enum : uint32_t {
    HWGEN_ERROR = 1,  // $error, $fatal, $stop, or a failed assertion
    HWGEN_FINISH = 2,  // $finish
    HWGEN_DEAD = 4,  // the evaluation was abandoned; the model must not be clocked again
};

// One simulated instance as the runtime sees it.
struct HwgenHost {
    VerilatedContext* context = nullptr;
    uint32_t flags = 0;
    std::string text;
};

// The instance that this thread is evaluating.
extern __thread HwgenHost* hwgen_current;

// Thrown out of an evaluation that cannot go on, such as one that does not converge.
struct HwgenDead {};

#endif
