// SPDX-License-Identifier: MIT OR Apache-2.0
// The C ABI of one Verilated model. Included after the model's own sources, in one translation
// unit, with ports.h generated for the ports of the top module:
//   hwgen_put(root, in)   copies the packed inputs to the model, all but clk_i
//   hwgen_get(root, out)  copies the model's outputs to the packed outputs
//   HWGEN_LAYOUT          digest of names, widths and places of the ports
// HWGEN_WAVE is defined as the class of the wave file in models that can dump waves.

#include "ports.h"

#include <mutex>

#define HWGEN_API extern "C" __attribute__((visibility("default")))

void Vdut___024root___eval(Vdut___024root*);

namespace {

struct Dut final {
    HwgenHost host;
    VerilatedContext context;
    Vdut* top = nullptr;
    Vdut___024root* root = nullptr;
#ifdef HWGEN_WAVE
    HWGEN_WAVE* wave = nullptr;
#endif

    explicit Dut(int seed) {
        host.context = &context;
        context.fatalOnError(false);
        context.randReset(2);
        context.randSeed(seed);
#ifdef HWGEN_WAVE
        context.traceEverOn(true);
#endif
    }
    ~Dut() { delete top; }
};

inline void enter(Dut* dut) {
    if (hwgen_current == &dut->host) return;
    hwgen_current = &dut->host;
    Verilated::threadContextp(&dut->context);
}

template <bool Direct>
inline void eval(Dut* dut) {
#ifndef HWGEN_WAVE
    if (Direct) {
        Vdut___024root___eval(dut->root);
        return;
    }
#endif
    // Models that dump waves need the bookkeeping of eval_step.
    dut->top->eval_step();
}

inline void dump(Dut* dut) {
    dut->context.timeInc(5);
#ifdef HWGEN_WAVE
    if (dut->wave) dut->wave->dump(dut->context.time());
#endif
}

template <bool Direct>
inline uint32_t tick(Dut* dut, const uint64_t* in, uint64_t* out) {
    if (dut->host.flags & HWGEN_DEAD) return dut->host.flags;
    enter(dut);
    try {
        Vdut___024root* const root = dut->root;
        hwgen_put(root, in);
        root->clk_i = 0;
        eval<Direct>(dut);
        dump(dut);
        hwgen_get(root, out);
        root->clk_i = 1;
        eval<Direct>(dut);
        dump(dut);
    } catch (...) {
        dut->host.flags |= HWGEN_ERROR | HWGEN_DEAD;
    }
    return dut->host.flags;
}

}  // namespace

HWGEN_API uint64_t hwgen_layout() { return HWGEN_LAYOUT; }

HWGEN_API void hwgen_delete(void* self) {
    Dut* const dut = static_cast<Dut*>(self);
    enter(dut);
    try {
#ifdef HWGEN_WAVE
        if (dut->wave) dut->wave->close();
        delete dut->wave;
#endif
        delete dut;
    } catch (...) {
    }
    // Nothing may point at what is gone.
    hwgen_current = nullptr;
    Verilated::threadContextp(nullptr);
}

HWGEN_API void* hwgen_new(uint32_t seed, const uint64_t* in) {
    // The generator of initial values is seeded through state that contexts share.
    static std::mutex alone;
    const std::lock_guard<std::mutex> guard{alone};
    Dut* dut = nullptr;
    try {
        // Seed 0 would mean a different one each time.
        dut = new Dut{static_cast<int>(seed & 0x7fffffff) | 1};
        enter(dut);
        dut->top = new Vdut{&dut->context, "TOP"};
        dut->root = dut->top->rootp;
        hwgen_put(dut->root, in);
        dut->root->clk_i = 0;
        // The first evaluation runs the initial blocks, which direct evaluation never does.
        dut->top->eval();
        return dut;
    } catch (...) {
        if (dut) hwgen_delete(dut);
        return nullptr;
    }
}

HWGEN_API uint32_t hwgen_tick(void* self, const uint64_t* in, uint64_t* out) {
    return tick<true>(static_cast<Dut*>(self), in, out);
}

HWGEN_API uint32_t hwgen_tick_step(void* self, const uint64_t* in, uint64_t* out) {
    return tick<false>(static_cast<Dut*>(self), in, out);
}

HWGEN_API const char* hwgen_text(void* self) { return static_cast<Dut*>(self)->host.text.c_str(); }

// Forgets checks that failed so far; a model that is dead stays dead.
HWGEN_API void hwgen_forgive(void* self) {
    HwgenHost& host = static_cast<Dut*>(self)->host;
    if (host.flags & HWGEN_DEAD) return;
    host.flags = 0;
    host.text.clear();
}

// Returns whether the model can dump waves and the file could be opened.
HWGEN_API int hwgen_wave(void* self, const char* path) {
#ifdef HWGEN_WAVE
    Dut* const dut = static_cast<Dut*>(self);
    enter(dut);
    try {
        if (dut->wave) return 0;
        dut->wave = new HWGEN_WAVE;
        dut->top->trace(dut->wave, 99);
        dut->wave->open(path);
        if (!dut->wave->isOpen()) return 0;
        dut->wave->dump(dut->context.time());
        return 1;
    } catch (...) {
        return 0;
    }
#else
    (void)self;
    (void)path;
    return 0;
#endif
}
