/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The driver in C on the RTL: one head, one query, on two channels. */

#include "hwgen.h"

#define CHECK(what) \
  do { \
    if (!(what)) { \
      return __LINE__; \
    } \
  } while (0)

#define D 16u
#define CHANNELS 2u
#define ENTRIES 4u

/* `regions` are that of the rows, and that of each channel. `wait` waits for the interrupt; without it
 * the completion is polled for. Returns 0, or the line of what is wrong. */
int top_attend(const struct hwgen_mmio *mmio, const struct hwgen_memory *ring,
               const struct hwgen_memory *regions, uint64_t stride, const int16_t *keys,
               const int16_t *values, uint16_t count, const int16_t *query, int16_t *out,
               void (*wait)(void *context), void *context);
int top_attend(const struct hwgen_mmio *mmio, const struct hwgen_memory *ring,
               const struct hwgen_memory *regions, uint64_t stride, const int16_t *keys,
               const int16_t *values, uint16_t count, const int16_t *query, int16_t *out,
               void (*wait)(void *context), void *context)
{
  const struct hwgen_memory *rows = &regions[0];
  const struct hwgen_memory *channels = &regions[1];
  static struct hwgen_slot slots[ENTRIES];
  struct hwgen_device device;
  const struct hwgen_capabilities *there = &device.there;
  struct hwgen_config config;
  struct hwgen_head head = {0};
  struct hwgen_command command = {0};
  struct hwgen_attention *job = &command.as.attention;
  struct hwgen_options options = {77u, true, false};
  struct hwgen_finished finished;
  struct hwgen_statistics statistics;
  struct hwgen_fault fault;
  uint64_t end;
  uint64_t bytes;
  uint16_t token;

  hwgen_config_default(&config);
  config.channel_stride = stride;
  config.patience = 100000u;
  config.interrupts = wait != NULL ? HWGEN_REGS_IRQ_ENABLE_DONE_MASK : 0u;
  CHECK(hwgen_open(&device, mmio, ring, slots, ENTRIES, &config) == HWGEN_OK);
  CHECK(there->channels == CHANNELS && there->d_head == D && there->max_tokens == 64u);
  hwgen_clear_counters(&device);
  CHECK(hwgen_place_head(there, channels[0].address, count, 256u, &head.place, &end));
  for (token = 0u; token < count; token++) {
    const struct hwgen_memory *channel = &channels[token % CHANNELS];
    uint64_t begin = channels[0].address;
    CHECK(hwgen_write_token(there, channel, begin, &head.place, HWGEN_K, token, keys + D * token));
    CHECK(hwgen_write_token(there, channel, begin, &head.place, HWGEN_V, token, values + D * token));
  }
  hwgen_write_query(rows, 128u, 0u, query, D);
  head.queries.address = rows->address + 128u;
  head.results.address = rows->address + 256u;
  head.pre_shift = 3;
  head.mant = 0x5a5au;
  command.op = HWGEN_ATTENTION;
  job->records = rows->address;
  job->heads = &head;
  job->head_count = 1u;
  job->keys = count;
  job->queries = 1u;
  job->k_start = there->planes[HWGEN_K].count;
  job->k_max = there->planes[HWGEN_K].count;
  job->v_count = there->planes[HWGEN_V].count;
  CHECK(hwgen_submit(&device, &command, &options, regions, 1u + CHANNELS, out) == HWGEN_OK);
  if (wait != NULL) {
    wait(context);
    CHECK((hwgen_interrupt(&device) & HWGEN_REGS_IRQ_STATUS_DONE_MASK) != 0u);
    CHECK(hwgen_poll(&device, &finished) == HWGEN_OK);
  } else {
    CHECK(hwgen_wait(&device, &finished) == HWGEN_OK);
  }
  CHECK(finished.outcome == HWGEN_DONE && finished.tag == 77u && finished.user == out);
  CHECK(finished.completion.code == HWGEN_CODE_OK && finished.completion.count == 1u);
  hwgen_read_elements(rows, 256u, out, D);
  hwgen_read_statistics(rows, 256u, D, &statistics);
  CHECK(statistics.error == HWGEN_CODE_OK && statistics.selected == count);
  CHECK(hwgen_counter(&device, HWGEN_K_BYTES, 0u, &bytes) && bytes == 8u * (uint64_t)count);
  CHECK(!hwgen_fault(&device, &fault));
  /* What is wrong is refused before anything is written. */
  head.results.address += 4u;
  CHECK(hwgen_submit(&device, &command, &options, regions, 1u + CHANNELS, out) == HWGEN_ILLEGAL);
  CHECK(device.illegal.code == HWGEN_CODE_ALIGNMENT && device.illegal.head == 0);
  hwgen_close(&device);
  return 0;
}
