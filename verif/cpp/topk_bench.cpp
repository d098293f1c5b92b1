// SPDX-License-Identifier: MIT OR Apache-2.0
// A hand-written C++ test bench of the top-k engine: what the Rust harness is measured against.
//
// The same stimulus, the same random numbers and the same checks as src/benches/topk/play.rs, cycle by
// cycle. Compiled with the model by bench_harness; P, W, IDX_W, CNT_W, SIGNED, MAX_N and CAPACITY
// are defined there. Usage: bench eval|direct SEED QUERIES REPEATS; prints cycles and seconds.

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <numeric>
#include <vector>

void Vdut___024root___eval(Vdut___024root*);

namespace {

uint64_t mask(unsigned width) { return width >= 64 ? ~0ULL : (1ULL << width) - 1; }

uint64_t random_at(uint64_t seed, uint64_t index) {
    uint64_t z = seed + (index + 1) * 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

bool chance(uint64_t number, unsigned percent) { return ((number >> 32) * 100) >> 32 < percent; }

struct Rng {
    uint64_t seed;
    uint64_t index = 0;
    uint64_t draw() { return random_at(seed, index++); }
    uint64_t below(uint64_t bound) {
        return static_cast<uint64_t>((static_cast<unsigned __int128>(draw()) * bound) >> 64);
    }
    int64_t between(int64_t low, int64_t high) {
        return low + static_cast<int64_t>(below(static_cast<uint64_t>(high - low) + 1));
    }
};

struct Query {
    std::vector<int64_t> keys;
    uint32_t k = 0;
    uint64_t beats() const { return std::max<uint64_t>(1, (keys.size() + P - 1) / P); }
};

struct Expected {
    std::vector<uint32_t> indices;
    uint64_t threshold = 0;
    uint64_t beats() const { return std::max<uint64_t>(1, (indices.size() + P - 1) / P); }
};

Expected expect(const Query& query) {
    Expected out;
    out.indices.resize(query.keys.size());
    std::iota(out.indices.begin(), out.indices.end(), 0);
    std::stable_sort(out.indices.begin(), out.indices.end(),
                     [&](uint32_t a, uint32_t b) { return query.keys[a] > query.keys[b]; });
    const size_t most = CAPACITY > 0 ? CAPACITY : MAX_N;
    out.indices.resize(std::min({out.indices.size(), size_t{query.k}, most}));
    if (!out.indices.empty()) out.threshold = query.keys[out.indices.back()] & mask(W);
    std::sort(out.indices.begin(), out.indices.end());
    return out;
}

std::vector<Query> stimulus(uint64_t seed, uint64_t count) {
    Rng rng{seed};
    const int64_t low = SIGNED ? -(1LL << (W - 1)) : 0;
    const int64_t high = SIGNED ? (1LL << (W - 1)) - 1 : (1LL << W) - 1;
    std::vector<Query> out(count);
    for (Query& query : out) {
        const uint64_t n = 1 + rng.below(MAX_N);
        query.k = static_cast<uint32_t>(rng.below(n + 1));
        for (uint64_t i = 0; i < n; ++i) query.keys.push_back(rng.between(low, high));
    }
    return out;
}

// Ports of up to 64 bits are integers in Verilator, wider ones arrays of 32-bit words.
template <typename Port>
void store(Port& port, const uint64_t* words) { port = static_cast<Port>(words[0]); }
template <std::size_t N>
void store(VlWide<N>& port, const uint64_t* words) { std::memcpy(port.data(), words, N * 4); }
template <typename Port>
void load(const Port& port, uint64_t* words) { words[0] = port; }
template <std::size_t N>
void load(const VlWide<N>& port, uint64_t* words) { std::memcpy(words, port.data(), N * 4); }

constexpr unsigned words_of(unsigned bits) { return (bits + 63) / 64; }

class Packer {
  public:
    explicit Packer(uint64_t* words) : words_{words} {}
    void push(uint64_t value, unsigned width) {
        value &= mask(width);
        word_ |= value << bits_;
        bits_ += width;
        if (bits_ >= 64) {
            *words_++ = word_;
            bits_ -= 64;
            word_ = bits_ == 0 ? 0 : value >> (width - bits_);
        }
    }
    void finish() {
        if (bits_ > 0) *words_ = word_;
    }

  private:
    uint64_t* words_;
    uint64_t word_ = 0;
    unsigned bits_ = 0;
};

bool agree(const uint64_t* got, const uint64_t* want, unsigned bits) {
    for (; bits >= 64; bits -= 64) {
        if (*got++ != *want++) return false;
    }
    return bits == 0 || ((*got ^ *want) & mask(bits)) == 0;
}

[[noreturn]] void fail(const char* what, uint64_t cycle) {
    std::fprintf(stderr, "cycle %" PRIu64 ": %s\n", cycle, what);
    std::exit(1);
}

template <bool Direct>
class Bench {
  public:
    Bench(uint64_t seed, const std::vector<Query>& queries) : queries_{queries}, noise_{~seed}, seed_{seed} {
        host_.context = &context_;
        hwgen_current = &host_;
        Verilated::threadContextp(&context_);
        context_.fatalOnError(false);
        context_.randReset(2);
        context_.randSeed(static_cast<int>(((seed ^ (seed >> 32)) & 0x7fffffff) | 1));
        top_ = new Vdut{&context_, "TOP"};
        top_->clk_i = 0;
        top_->rst_ni = 1;
        top_->eval();
    }
    ~Bench() {
        top_->final();
        delete top_;
        hwgen_current = nullptr;
        Verilated::threadContextp(nullptr);
    }

    uint64_t play() {
        expected_.reserve(queries_.size());
        for (const Query& query : queries_) expected_.push_back(expect(query));
        idle();
        top_->res_ready_i = 0;
        top_->rst_ni = 0;
        for (int i = 0; i < 3; ++i) {
            tick();
            host_.flags = 0;
        }
        top_->rst_ni = 1;
        cycle_ = 0;
        uint64_t progress = 0;
        while (got_ < queries_.size()) {
            offer();
            const bool ready = chance(random_at(seed_ + 2, cycle_), 75);
            top_->res_ready_i = ready;
            sample();
            const bool took = accept();
            const bool gave = result(ready);
            if (took || gave) progress = cycle_;
            if (cycle_ - progress > 10000000) fail("hung", cycle_);
            ++cycle_;
        }
        top_->res_ready_i = 1;
        for (uint64_t i = 0; i < 64 + 2 * ((MAX_N + P - 1) / P); ++i) {
            idle();
            sample();
            if (valid_) fail("a beat after the last result", cycle_);
            ++cycle_;
        }
        return cycle_;
    }

  private:
    void eval() {
        if (Direct) {
            Vdut___024root___eval(top_->rootp);
        } else {
            top_->eval();
        }
    }
    void tick() {
        top_->clk_i = 0;
        eval();
        context_.timeInc(5);
        top_->clk_i = 1;
        eval();
        context_.timeInc(5);
    }
    // Clocks once and notes the outputs as they stand before the edge.
    void sample() {
        top_->clk_i = 0;
        eval();
        context_.timeInc(5);
        key_ready_ = top_->key_ready_o;
        valid_ = top_->res_valid_o;
        last_ = top_->res_last_o;
        keep_ = top_->res_keep_o;
        threshold_ = top_->res_threshold_o;
        count_ = top_->res_count_o;
        load(top_->res_data_o, data_);
        load(top_->res_index_o, index_);
        top_->clk_i = 1;
        eval();
        context_.timeInc(5);
        if (host_.flags) fail(host_.text.c_str(), cycle_);
    }
    void idle() {
        const uint64_t bits = noise_.draw();
        top_->key_valid_i = 0;
        top_->key_last_i = bits & 1;
        top_->key_keep_i = (bits >> 1) & mask(P);
        top_->key_k_i = (bits >> 32) & mask(CNT_W);
        uint64_t words[words_of(P * W)];
        unsigned left = P * W;
        for (uint64_t& word : words) {
            word = noise_.draw() & mask(left);
            left = left > 64 ? left - 64 : 0;
        }
        store(top_->key_data_i, words);
    }
    void offer() {
        if (offered_) return;
        if (sent_ < queries_.size() && chance(random_at(seed_ + 1, cycle_), 75)) {
            beat();
            offered_ = true;
        } else {
            idle();
        }
    }
    void beat() {
        const Query& query = queries_[sent_];
        const size_t from = sent_beat_ * P;
        const size_t kept = std::min<size_t>(P, query.keys.size() - from);
        const uint64_t k = from == 0 ? query.k : noise_.draw();
        top_->key_valid_i = 1;
        top_->key_last_i = from + P >= query.keys.size();
        top_->key_keep_i = mask(static_cast<unsigned>(kept));
        top_->key_k_i = k & mask(CNT_W);
        uint64_t words[words_of(P * W)];
        Packer packer{words};
        for (size_t i = 0; i < P; ++i) {
            packer.push(i < kept ? query.keys[from + i] : noise_.draw(), W);
        }
        packer.finish();
        store(top_->key_data_i, words);
    }
    bool accept() {
        if (!offered_ || !key_ready_) return false;
        offered_ = false;
        if (++sent_beat_ == queries_[sent_].beats()) {
            ++sent_;
            sent_beat_ = 0;
        }
        return true;
    }
    bool result(bool ready) {
        if (!valid_) {
            if (waiting_) fail("valid dropped", cycle_);
            return false;
        }
        if (waiting_) {
            const unsigned kept = static_cast<unsigned>(__builtin_popcountll(keep_));
            if (keep_ != held_keep_ || last_ != held_last_ || threshold_ != held_threshold_
                || count_ != held_count_ || !agree(data_, held_data_, kept * W)
                || !agree(index_, held_index_, kept * IDX_W)) {
                fail("payload changed", cycle_);
            }
        }
        waiting_ = !ready;
        if (!ready) {
            held_keep_ = keep_;
            held_last_ = last_;
            held_threshold_ = threshold_;
            held_count_ = count_;
            std::memcpy(held_data_, data_, sizeof data_);
            std::memcpy(held_index_, index_, sizeof index_);
            return false;
        }
        if (got_ >= sent_) fail("a beat before the query has ended", cycle_);
        check();
        if (++got_beat_ == expected_[got_].beats()) {
            ++got_;
            got_beat_ = 0;
        }
        return true;
    }
    void check() {
        const Expected& want = expected_[got_];
        const std::vector<int64_t>& keys = queries_[got_].keys;
        const size_t from = got_beat_ * P;
        const unsigned kept = static_cast<unsigned>(std::min<size_t>(P, want.indices.size() - from));
        uint64_t data[words_of(P * W)] = {};
        uint64_t index[words_of(P * IDX_W)] = {};
        Packer pack_data{data};
        Packer pack_index{index};
        for (unsigned i = 0; i < kept; ++i) {
            const uint32_t at = want.indices[from + i];
            pack_index.push(at, IDX_W);
            pack_data.push(keys[at], W);
        }
        pack_data.finish();
        pack_index.finish();
        if (keep_ != mask(kept)) fail("res_keep_o", cycle_);
        if (last_ != (from + P >= want.indices.size())) fail("res_last_o", cycle_);
        if (threshold_ != want.threshold) fail("res_threshold_o", cycle_);
        if (count_ != want.indices.size()) fail("res_count_o", cycle_);
        if (!agree(index_, index, kept * IDX_W)) fail("res_index_o", cycle_);
        if (!agree(data_, data, kept * W)) fail("res_data_o", cycle_);
    }

    const std::vector<Query>& queries_;
    std::vector<Expected> expected_;
    HwgenHost host_;
    VerilatedContext context_;
    Vdut* top_ = nullptr;
    Rng noise_;
    uint64_t seed_;
    uint64_t cycle_ = 0;
    size_t sent_ = 0, sent_beat_ = 0, got_ = 0, got_beat_ = 0;
    bool offered_ = false, waiting_ = false;
    bool key_ready_ = false, valid_ = false, last_ = false, held_last_ = false;
    uint64_t keep_ = 0, threshold_ = 0, count_ = 0;
    uint64_t held_keep_ = 0, held_threshold_ = 0, held_count_ = 0;
    uint64_t data_[words_of(P * W)] = {}, index_[words_of(P * IDX_W)] = {};
    uint64_t held_data_[words_of(P * W)] = {}, held_index_[words_of(P * IDX_W)] = {};
};

// Time that this thread has been running, whatever else the machine does.
double seconds() {
    timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

template <bool Direct>
void measure(uint64_t seed, uint64_t queries, uint64_t repeats) {
    const std::vector<Query> list = stimulus(seed, queries);
    for (uint64_t i = 0; i < repeats; ++i) {
        Bench<Direct> bench{seed, list};
        const double start = seconds();
        const uint64_t cycles = bench.play();
        std::printf("%" PRIu64 " %.9f\n", cycles, seconds() - start);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) return 2;
    const uint64_t seed = std::strtoull(argv[2], nullptr, 10);
    const uint64_t queries = std::strtoull(argv[3], nullptr, 10);
    const uint64_t repeats = std::strtoull(argv[4], nullptr, 10);
    if (std::strcmp(argv[1], "direct") == 0) {
        measure<true>(seed, queries, repeats);
    } else {
        measure<false>(seed, queries, repeats);
    }
    return 0;
}
