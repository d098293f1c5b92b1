/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the driver in C does with the accelerator of the tests. A scenario returns 0, or the line of
 * what is wrong. */

#include "hwgen.h"

/* The accelerator and its memory, as the test in Rust gives them. */
struct bench {
  struct hwgen_mmio mmio;
  void *world;
  void (*allot)(void *world, uint64_t bytes, struct hwgen_memory *region);
  void (*release)(void *world, const struct hwgen_memory *region);
  void (*cycles)(void *world, uint32_t count);
  int (*interrupt)(void *world, uint32_t most);
  void (*knob)(void *world, uint32_t knob, uint64_t a, uint64_t b);
};

enum knob { STUCK, AMBUSH, FAILS, LOST, GARBLED, CALM, DEPTH, LATE };

#define CHECK(what) \
  do { \
    if (!(what)) { \
      return __LINE__; \
    } \
  } while (0)

#define ENTRIES 4u
#define D_HEAD 16u
#define KEYS 5u
#define QUERIES 2u

static struct hwgen_device device;
static struct hwgen_slot slots[ENTRIES];
static struct hwgen_memory ring;

/* A layer of one or two heads in one region. */
struct layer {
  struct hwgen_memory region;
  struct hwgen_head heads[2];
  struct hwgen_command command;
  int16_t outputs[2][QUERIES][D_HEAD];
};

static struct layer layers[8];

static int16_t element(uint32_t seed, uint32_t i)
{
  uint32_t number = (i + 7u * seed + 1u) * 2654435761u;
  return (int16_t)((int32_t)(number >> 20) - 2048);
}

/* What the accelerator of the tests makes of a query: it adds the bytes of the first key. */
static int make(const struct bench *bench, struct layer *layer, uint32_t heads, uint32_t seed)
{
  const struct hwgen_capabilities *there = &device.there;
  struct hwgen_attention *job = &layer->command.as.attention;
  uint32_t row = hwgen_query_bytes(there);
  uint32_t result = hwgen_result_bytes(there);
  uint64_t at;
  uint32_t head;
  uint32_t i;
  bench->allot(bench->world, 0x8000u, &layer->region);
  at = layer->region.address + 4096u;
  for (head = 0u; head < heads; head++) {
    struct hwgen_head *h = &layer->heads[head];
    int16_t elements[D_HEAD];
    uint8_t key[D_HEAD];
    uint32_t token;
    uint32_t query;
    CHECK(hwgen_place_head(there, at, KEYS, 64u, &h->place, &at));
    for (token = 0u; token < KEYS; token++) {
      for (i = 0u; i < D_HEAD; i++) {
        elements[i] = element(seed + 10u * token + head, i);
      }
      CHECK(hwgen_write_token(there, &layer->region, layer->region.address, &h->place, HWGEN_K, token,
                              elements));
      CHECK(hwgen_write_token(there, &layer->region, layer->region.address, &h->place, HWGEN_V, token,
                              elements));
    }
    layer->region.read(layer->region.context,
                       hwgen_address(there, &h->place, HWGEN_K, 0u, 0u) - layer->region.address, key,
                       hwgen_vector_bytes(there, HWGEN_K, 0u));
    h->queries.address = at;
    h->queries.stride = (int32_t)row;
    at += row * QUERIES;
    h->results.address = at;
    h->results.stride = (int32_t)result;
    at += result * QUERIES;
    at = (at + 4095u) / 4096u * 4096u;
    h->pre_shift = -3;
    h->mant = 0x1234u;
    h->head_limit = 0u;
    for (query = 0u; query < QUERIES; query++) {
      for (i = 0u; i < D_HEAD; i++) {
        elements[i] = element(seed + 100u + query + head, i);
        layer->outputs[head][query][i] =
            (int16_t)(elements[i] + key[i % hwgen_vector_bytes(there, HWGEN_K, 0u)]);
      }
      hwgen_write_query(&layer->region, h->queries.address - layer->region.address + query * row, 5u,
                        elements, D_HEAD);
    }
  }
  layer->command.op = HWGEN_ATTENTION;
  job->records = layer->region.address;
  job->heads = layer->heads;
  job->head_count = heads;
  job->heads_on_chip = false;
  job->key_kind = HWGEN_KEYS_ALL;
  job->keys = KEYS;
  job->tokens = 0u;
  job->queries = QUERIES;
  job->causal = false;
  job->first = 0u;
  job->k_start = 1u;
  job->k_max = 2u;
  job->v_count = 1u;
  job->refine = HWGEN_STATIC;
  job->eps_log2 = 0u;
  job->select = HWGEN_SELECT_ALL;
  job->k = 0u;
  job->mass = 0u;
  job->renorm = false;
  job->bias = false;
  return 0;
}

/* Compares the results of a layer, and frees it. */
static int compare(const struct bench *bench, struct layer *layer)
{
  uint32_t head;
  uint32_t query;
  uint32_t i;
  for (head = 0u; head < layer->command.as.attention.head_count; head++) {
    for (query = 0u; query < QUERIES; query++) {
      const struct hwgen_rows *rows = &layer->heads[head].results;
      uint64_t at = rows->address - layer->region.address + query * (uint32_t)rows->stride;
      struct hwgen_statistics statistics;
      int16_t got[D_HEAD];
      hwgen_read_elements(&layer->region, at, got, D_HEAD);
      for (i = 0u; i < D_HEAD; i++) {
        CHECK(got[i] == layer->outputs[head][query][i]);
      }
      hwgen_read_statistics(&layer->region, at, D_HEAD, &statistics);
      CHECK(statistics.error == 0u && statistics.selected == KEYS && statistics.cycles == 77u);
    }
  }
  bench->release(bench->world, &layer->region);
  return 0;
}

static enum hwgen_status submit(struct layer *layer, uint32_t tag, bool interrupt)
{
  struct hwgen_options options;
  options.tag = tag;
  options.interrupt = interrupt;
  options.fence = tag % 3u == 0u;
  return hwgen_submit(&device, &layer->command, &options, &layer->region, 1u, layer);
}

static enum hwgen_status begin(const struct bench *bench, uint32_t interrupts, uint32_t patience)
{
  struct hwgen_config config;
  hwgen_config_default(&config);
  config.interrupts = interrupts;
  config.patience = patience;
  bench->allot(bench->world, ENTRIES * HWGEN_ENTRY_BYTES, &ring);
  return hwgen_open(&device, &bench->mmio, &ring, slots, ENTRIES, &config);
}

static int end(const struct bench *bench)
{
  hwgen_close(&device);
  bench->release(bench->world, &ring);
  return 0;
}

int what_is_there(const struct bench *bench);
int what_is_there(const struct bench *bench)
{
  const struct hwgen_capabilities *there = &device.there;
  CHECK(begin(bench, 0u, 1000u) == HWGEN_OK);
  CHECK(there->d_head == D_HEAD && there->max_tokens == 64u && there->channels == 1u);
  CHECK(there->planes[HWGEN_K].count == 3u && there->planes[HWGEN_V].widths[0] == 8u);
  CHECK(there->attention && there->cascade && there->append && !there->figs);
  return end(bench);
}

int polling(const struct bench *bench);
int polling(const struct bench *bench)
{
  uint32_t sent = 0u;
  uint32_t seen = 0u;
  struct hwgen_fault fault;
  CHECK(begin(bench, 0u, 1000u) == HWGEN_OK);
  while (seen < 23u) {
    struct hwgen_finished finished;
    enum hwgen_status status;
    while (sent < 23u && sent - seen < ENTRIES - 1u) {
      CHECK(make(bench, &layers[sent % 8u], 1u + sent % 2u, sent) == 0);
      CHECK(submit(&layers[sent % 8u], sent, false) == HWGEN_OK);
      sent++;
    }
    status = hwgen_poll(&device, &finished);
    if (status == HWGEN_NOTHING) {
      bench->cycles(bench->world, 1u);
      continue;
    }
    CHECK(status == HWGEN_OK && finished.outcome == HWGEN_DONE);
    CHECK(finished.tag == seen && finished.user == &layers[seen % 8u]);
    CHECK(finished.completion.code == HWGEN_CODE_OK && finished.completion.index == seen % ENTRIES);
    CHECK(finished.completion.count == QUERIES * (1u + seen % 2u));
    CHECK(compare(bench, &layers[seen % 8u]) == 0);
    seen++;
  }
  CHECK(!hwgen_fault(&device, &fault));
  CHECK(bench->interrupt(bench->world, 1u) == 0);
  return end(bench);
}

/* Every job by its interrupt; `race` lets one end in the cycle of a clear. */
static int interrupts(const struct bench *bench, bool race)
{
  struct hwgen_finished finished;
  uint32_t seen = 0u;
  uint32_t i;
  CHECK(begin(bench, HWGEN_REGS_IRQ_ENABLE_DONE_MASK, 1000u) == HWGEN_OK);
  for (i = 0u; i < 3u; i++) {
    CHECK(make(bench, &layers[i], 1u, i) == 0);
    CHECK(submit(&layers[i], i, true) == HWGEN_OK);
  }
  if (race) {
    bench->knob(bench->world, AMBUSH, 0u, 0u);
  }
  while (seen < 3u) {
    CHECK(bench->interrupt(bench->world, 10000u) != 0);
    CHECK((hwgen_interrupt(&device) & HWGEN_REGS_IRQ_STATUS_DONE_MASK) != 0u);
    while (hwgen_poll(&device, &finished) == HWGEN_OK) {
      CHECK(finished.tag == seen && finished.outcome == HWGEN_DONE);
      CHECK(compare(bench, &layers[seen]) == 0);
      seen++;
    }
  }
  bench->cycles(bench->world, 100u);
  (void)hwgen_interrupt(&device);
  bench->cycles(bench->world, 2u);
  CHECK(bench->interrupt(bench->world, 1u) == 0);
  /* Switched off. */
  hwgen_set_interrupts(&device, 0u);
  CHECK(make(bench, &layers[0], 1u, 9u) == 0);
  CHECK(submit(&layers[0], 9u, true) == HWGEN_OK);
  CHECK(bench->interrupt(bench->world, 1000u) == 0);
  CHECK(hwgen_wait(&device, &finished) == HWGEN_OK && finished.tag == 9u);
  CHECK(compare(bench, &layers[0]) == 0);
  return end(bench);
}

int by_interrupt(const struct bench *bench);
int by_interrupt(const struct bench *bench)
{
  return interrupts(bench, false);
}

int in_the_cycle_of_a_clear(const struct bench *bench);
int in_the_cycle_of_a_clear(const struct bench *bench)
{
  return interrupts(bench, true);
}

/* What the handler did not see, it does not clear. */
int behind_the_read(const struct bench *bench);
int behind_the_read(const struct bench *bench)
{
  struct hwgen_finished finished;
  uint32_t all = HWGEN_REGS_IRQ_ENABLE_DONE_MASK | HWGEN_REGS_IRQ_ENABLE_RING_EMPTY_MASK;
  CHECK(begin(bench, all, 1000u) == HWGEN_OK);
  CHECK(make(bench, &layers[0], 1u, 0u) == 0);
  CHECK(submit(&layers[0], 0u, false) == HWGEN_OK);
  CHECK(hwgen_wait(&device, &finished) == HWGEN_OK);
  bench->knob(bench->world, LATE, 0u, 0u);
  CHECK(hwgen_interrupt(&device) == HWGEN_REGS_IRQ_STATUS_RING_EMPTY_MASK);
  CHECK(bench->interrupt(bench->world, 10u) != 0);
  CHECK(hwgen_interrupt(&device) == HWGEN_REGS_IRQ_STATUS_DONE_MASK);
  bench->cycles(bench->world, 2u);
  CHECK(bench->interrupt(bench->world, 1u) == 0);
  CHECK(compare(bench, &layers[0]) == 0);
  return end(bench);
}

int full_ring(const struct bench *bench);
int full_ring(const struct bench *bench)
{
  struct hwgen_finished finished;
  uint8_t record[HWGEN_RECORD_BYTES];
  uint32_t i;
  CHECK(begin(bench, 0u, 1000u) == HWGEN_OK);
  bench->knob(bench->world, STUCK, 1u, 0u);
  for (i = 0u; i < 4u; i++) {
    CHECK(make(bench, &layers[i], 1u, i) == 0);
    CHECK(submit(&layers[i], i, false) == (i < 3u ? HWGEN_OK : HWGEN_FULL));
  }
  layers[3].region.read(layers[3].region.context, 0u, record, sizeof record);
  for (i = 0u; i < sizeof record; i++) {
    CHECK(record[i] == 0u);
  }
  CHECK(hwgen_wait(&device, &finished) == HWGEN_TIMEOUT);
  bench->knob(bench->world, STUCK, 0u, 0u);
  CHECK(hwgen_wait(&device, &finished) == HWGEN_OK && finished.tag == 0u);
  CHECK(compare(bench, &layers[0]) == 0);
  CHECK(submit(&layers[3], 3u, false) == HWGEN_OK);
  for (i = 1u; i < 4u; i++) {
    CHECK(hwgen_wait(&device, &finished) == HWGEN_OK && finished.tag == i);
    CHECK(compare(bench, &layers[i]) == 0);
  }
  CHECK(hwgen_wait(&device, &finished) == HWGEN_TIMEOUT);
  return end(bench);
}

int errors(const struct bench *bench);
int errors(const struct bench *bench)
{
  static const uint8_t codes[] = {HWGEN_CODE_OK, HWGEN_CODE_VECTOR, HWGEN_CODE_READ, HWGEN_CODE_OK};
  struct hwgen_finished finished;
  struct hwgen_fault fault;
  uint32_t i;
  CHECK(begin(bench, HWGEN_REGS_IRQ_ENABLE_ERROR_MASK, 1000u) == HWGEN_OK);
  bench->knob(bench->world, FAILS, 1u, HWGEN_CODE_VECTOR);
  bench->knob(bench->world, FAILS, 2u, HWGEN_CODE_READ);
  for (i = 0u; i < 4u; i++) {
    CHECK(make(bench, &layers[i], 1u, i) == 0);
    CHECK(submit(&layers[i], i, false) == HWGEN_OK);
    CHECK(hwgen_wait(&device, &finished) == HWGEN_OK && finished.outcome == HWGEN_DONE);
    CHECK(finished.completion.code == codes[i]);
    CHECK(compare(bench, &layers[i]) == 0);
  }
  CHECK(bench->interrupt(bench->world, 10u) != 0);
  CHECK(hwgen_fault(&device, &fault));
  CHECK(fault.code == HWGEN_CODE_VECTOR && fault.address == UINT64_C(0x123456789a));
  hwgen_clear_fault(&device);
  CHECK(!hwgen_fault(&device, &fault));
  bench->cycles(bench->world, 2u);
  CHECK(bench->interrupt(bench->world, 1u) == 0);
  return end(bench);
}

int stop_and_reset(const struct bench *bench);
int stop_and_reset(const struct bench *bench)
{
  struct hwgen_finished finished;
  bool cancelled = false;
  uint32_t i;
  CHECK(begin(bench, 0u, 10000u) == HWGEN_OK);
  bench->knob(bench->world, DEPTH, 1u, 0u);
  for (i = 0u; i < 3u; i++) {
    CHECK(make(bench, &layers[i], 2u, i) == 0);
    CHECK(submit(&layers[i], i, false) == HWGEN_OK);
  }
  CHECK(hwgen_reset(&device) == HWGEN_OK);
  for (i = 0u; i < 3u; i++) {
    CHECK(hwgen_poll(&device, &finished) == HWGEN_OK && finished.tag == i);
    if (finished.outcome == HWGEN_CANCELLED) {
      cancelled = true;
      bench->release(bench->world, &layers[i].region);
    } else {
      CHECK(finished.outcome == HWGEN_DONE && !cancelled);
      CHECK(compare(bench, &layers[i]) == 0);
    }
  }
  CHECK(cancelled && hwgen_poll(&device, &finished) == HWGEN_NOTHING);
  CHECK(make(bench, &layers[0], 1u, 5u) == 0);
  CHECK(submit(&layers[0], 5u, false) == HWGEN_STOPPED);
  hwgen_start(&device);
  CHECK(submit(&layers[0], 5u, false) == HWGEN_OK);
  CHECK(hwgen_wait(&device, &finished) == HWGEN_OK && finished.completion.index == 0u);
  CHECK(compare(bench, &layers[0]) == 0);
  return end(bench);
}

int closing_waits(const struct bench *bench);
int closing_waits(const struct bench *bench)
{
  uint32_t i;
  CHECK(begin(bench, 0u, 1000u) == HWGEN_OK);
  for (i = 0u; i < 3u; i++) {
    CHECK(make(bench, &layers[i], 1u, i) == 0);
    CHECK(submit(&layers[i], i, true) == HWGEN_OK);
  }
  bench->cycles(bench->world, 10u);
  hwgen_close(&device);
  /* The accelerator of the tests stops the test if it touches what is released. */
  bench->release(bench->world, &ring);
  for (i = 0u; i < 3u; i++) {
    bench->release(bench->world, &layers[i].region);
  }
  bench->cycles(bench->world, 500u);
  CHECK(bench->interrupt(bench->world, 1u) == 0);
  return 0;
}

static int mishap(const struct bench *bench, uint32_t knob, enum hwgen_status status)
{
  struct hwgen_finished finished;
  CHECK(begin(bench, 0u, 500u) == HWGEN_OK);
  bench->knob(bench->world, knob, 0u, 0u);
  CHECK(make(bench, &layers[0], 1u, 0u) == 0);
  CHECK(submit(&layers[0], 0u, false) == HWGEN_OK);
  CHECK(hwgen_wait(&device, &finished) == status);
  CHECK(hwgen_reset(&device) == HWGEN_OK);
  CHECK(hwgen_poll(&device, &finished) == HWGEN_OK && finished.outcome == HWGEN_LOST);
  bench->knob(bench->world, CALM, 0u, 0u);
  hwgen_start(&device);
  CHECK(submit(&layers[0], 0u, false) == HWGEN_OK);
  CHECK(hwgen_wait(&device, &finished) == HWGEN_OK && finished.outcome == HWGEN_DONE);
  CHECK(compare(bench, &layers[0]) == 0);
  return end(bench);
}

int lost_record(const struct bench *bench);
int lost_record(const struct bench *bench)
{
  return mishap(bench, LOST, HWGEN_TIMEOUT);
}

int garbled_record(const struct bench *bench);
int garbled_record(const struct bench *bench)
{
  return mishap(bench, GARBLED, HWGEN_RECORD);
}

int hanging(const struct bench *bench);
int hanging(const struct bench *bench)
{
  struct hwgen_finished finished;
  CHECK(begin(bench, 0u, 100u) == HWGEN_OK);
  bench->knob(bench->world, STUCK, 1u, 0u);
  CHECK(make(bench, &layers[0], 1u, 0u) == 0);
  CHECK(submit(&layers[0], 0u, false) == HWGEN_OK);
  CHECK(hwgen_wait(&device, &finished) == HWGEN_TIMEOUT);
  CHECK(hwgen_stop(&device) == HWGEN_TIMEOUT && hwgen_reset(&device) == HWGEN_TIMEOUT);
  bench->knob(bench->world, STUCK, 0u, 0u);
  hwgen_start(&device);
  CHECK(hwgen_wait(&device, &finished) == HWGEN_OK && finished.outcome == HWGEN_DONE);
  CHECK(compare(bench, &layers[0]) == 0);
  return end(bench);
}

int counters(const struct bench *bench);
int counters(const struct bench *bench)
{
  struct hwgen_finished finished;
  uint64_t cycles;
  uint64_t bytes;
  uint32_t now;
  uint32_t most;
  CHECK(begin(bench, 0u, 1000u) == HWGEN_OK);
  hwgen_clear_counters(&device);
  CHECK(make(bench, &layers[0], 1u, 0u) == 0);
  CHECK(submit(&layers[0], 0u, false) == HWGEN_OK);
  CHECK(hwgen_wait(&device, &finished) == HWGEN_OK);
  CHECK(hwgen_counter(&device, HWGEN_CYCLES, 0u, &cycles) && cycles > 0u && cycles < 500u);
  CHECK(hwgen_counter(&device, HWGEN_K_BYTES, 2u, &bytes) && bytes == 8u * cycles);
  CHECK(hwgen_counter(&device, HWGEN_BLOCKED, 0u, &bytes) && bytes == 0u);
  CHECK(hwgen_flight(&device, 0u, &now, &most) && now == 0u && most == 3u);
  CHECK(!hwgen_counter(&device, HWGEN_K_BYTES, 3u, &bytes));
  CHECK(!hwgen_counter(&device, HWGEN_V_BYTES, 2u, &bytes));
  CHECK(!hwgen_counter(&device, HWGEN_BLOCKED, 1u, &bytes));
  CHECK(!hwgen_flight(&device, 1u, &now, &most));
  CHECK(compare(bench, &layers[0]) == 0);
  return end(bench);
}

/* A ring and a configuration that are refused: nothing is written to registers. */
int bad_setups(const struct bench *bench);
int bad_setups(const struct bench *bench)
{
  struct hwgen_config config;
  struct hwgen_config other;
  struct hwgen_memory odd;
  hwgen_config_default(&config);
  bench->allot(bench->world, ENTRIES * HWGEN_ENTRY_BYTES, &ring);
  odd = ring;
  odd.address += 32u;
  CHECK(hwgen_open(&device, &bench->mmio, &odd, slots, ENTRIES, &config) == HWGEN_ILLEGAL);
  CHECK(device.illegal.rule == HWGEN_RULE_MULTIPLE && device.illegal.code == HWGEN_CODE_RING_BASE);
  odd = ring;
  odd.bytes -= 1u;
  CHECK(hwgen_open(&device, &bench->mmio, &odd, slots, ENTRIES, &config) == HWGEN_ILLEGAL);
  CHECK(device.illegal.rule == HWGEN_RULE_OWNED);
  CHECK(hwgen_open(&device, &bench->mmio, &ring, slots, 1u, &config) == HWGEN_ILLEGAL);
  CHECK(device.illegal.low == 2u && device.illegal.high == 65535u);
  other = config;
  other.window_base = ring.address + 64u;
  CHECK(hwgen_open(&device, &bench->mmio, &ring, slots, ENTRIES, &other) == HWGEN_ILLEGAL);
  CHECK(device.illegal.rule == HWGEN_RULE_WINDOW);
  other = config;
  other.channel_stride = 64u;
  CHECK(hwgen_open(&device, &bench->mmio, &ring, slots, ENTRIES, &other) == HWGEN_ILLEGAL);
  other = config;
  other.prot = 8u;
  CHECK(hwgen_open(&device, &bench->mmio, &ring, slots, ENTRIES, &other) == HWGEN_ILLEGAL);
  other = config;
  other.cache = 16u;
  CHECK(hwgen_open(&device, &bench->mmio, &ring, slots, ENTRIES, &other) == HWGEN_ILLEGAL);
  CHECK(hwgen_open(&device, &bench->mmio, &ring, slots, ENTRIES, &config) == HWGEN_OK);
  return end(bench);
}

enum hwgen_status attend(struct hwgen_device *device, const struct hwgen_memory *region,
                         const int16_t (*keys)[D_HEAD], const int16_t (*values)[D_HEAD],
                         uint16_t count, const int16_t *query, int16_t *out);

/* The example of the documents. */
int example(const struct bench *bench);
int example(const struct bench *bench)
{
  struct hwgen_memory region;
  int16_t keys[KEYS][D_HEAD];
  int16_t query[D_HEAD];
  int16_t out[D_HEAD];
  uint32_t i;
  CHECK(begin(bench, 0u, 1000u) == HWGEN_OK);
  bench->allot(bench->world, 0x4000u, &region);
  for (i = 0u; i < KEYS * D_HEAD; i++) {
    keys[i / D_HEAD][i % D_HEAD] = (int16_t)(256 * (int)(i % 8u) - 1024);
  }
  for (i = 0u; i < D_HEAD; i++) {
    query[i] = (int16_t)i;
  }
  CHECK(attend(&device, &region, (const int16_t (*)[D_HEAD])keys, (const int16_t (*)[D_HEAD])keys, KEYS,
               query, out) == HWGEN_OK);
  for (i = 0u; i < D_HEAD; i++) {
    /* Two digits of 4 bits, n - 4 of the element of number n. */
    uint32_t low = (2u * i) % 8u + 12u;
    uint32_t high = (2u * i + 1u) % 8u + 12u;
    CHECK(out[i] == (int16_t)(i + ((low & 15u) | (high & 15u) << 4)));
  }
  bench->release(bench->world, &region);
  return end(bench);
}
