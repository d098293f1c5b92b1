/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Commands from a list of numbers: what the driver in C makes of them. */

#include "hwgen.h"

#define MOST 4

static const uint64_t *next;

static uint64_t take(void)
{
  return *next++;
}

static void take_place(struct hwgen_place *place)
{
  int kind;
  int plane;
  for (kind = 0; kind < 2; kind++) {
    place->base[kind] = take();
    for (plane = 0; plane < HWGEN_MOST_PLANES; plane++) {
      place->offset[kind][plane] = (uint32_t)take();
    }
  }
}

static void take_rows(struct hwgen_rows *rows)
{
  rows->address = take();
  rows->stride = (int32_t)(int64_t)take();
}

static struct hwgen_head heads[MOST];
static struct hwgen_appended appended[MOST];

static void take_attention(struct hwgen_attention *job)
{
  uint32_t i;
  job->records = take();
  job->heads = heads;
  job->head_count = (uint32_t)take();
  job->heads_on_chip = take() != 0u;
  job->key_kind = (uint8_t)take();
  job->keys = (uint16_t)take();
  job->tokens = (uint16_t)take();
  job->queries = (uint16_t)take();
  job->causal = take() != 0u;
  job->first = (uint16_t)take();
  job->k_start = (uint8_t)take();
  job->k_max = (uint8_t)take();
  job->v_count = (uint8_t)take();
  job->refine = (uint8_t)take();
  job->eps_log2 = (uint32_t)take();
  job->select = (uint8_t)take();
  job->k = (uint16_t)take();
  job->mass = (uint32_t)take();
  job->renorm = take() != 0u;
  job->bias = take() != 0u;
  for (i = 0u; i < job->head_count; i++) {
    take_place(&heads[i].place);
    take_rows(&heads[i].queries);
    take_rows(&heads[i].biases);
    take_rows(&heads[i].results);
    heads[i].pre_shift = (int8_t)(int64_t)take();
    heads[i].mant = (uint16_t)take();
    heads[i].head_limit = take();
  }
}

static void take_command(struct hwgen_command *command, struct hwgen_options *options)
{
  uint32_t i;
  command->op = (uint8_t)take();
  options->tag = (uint32_t)take();
  options->interrupt = take() != 0u;
  options->fence = take() != 0u;
  if (command->op == HWGEN_ATTENTION) {
    take_attention(&command->as.attention);
  } else if (command->op == HWGEN_LIST) {
    command->as.list.address = take();
    command->as.list.count = (uint16_t)take();
  } else if (command->op == HWGEN_CASCADE) {
    command->as.cascade.stage = (uint8_t)take();
    command->as.cascade.tokens = (uint16_t)take();
    command->as.cascade.heads = (uint16_t)take();
    command->as.cascade.keep_tokens = (uint16_t)take();
    command->as.cascade.keep_heads = (uint16_t)take();
    command->as.cascade.window = (uint16_t)take();
    command->as.cascade.tokens_to = take();
    command->as.cascade.heads_to = take();
  } else {
    command->as.append.records = take();
    command->as.append.heads = appended;
    command->as.append.head_count = (uint32_t)take();
    command->as.append.token = (uint16_t)take();
    for (i = 0u; i < command->as.append.head_count; i++) {
      take_place(&appended[i].place);
      appended[i].k = take();
      appended[i].v = take();
    }
  }
}

/* Encodes a command to 64 bytes, and its head records behind. */
void equal_encode(const uint64_t *numbers, uint64_t completion, uint8_t *out);
void equal_encode(const uint64_t *numbers, uint64_t completion, uint8_t *out)
{
  struct hwgen_command command;
  struct hwgen_options options;
  uint32_t i;
  next = numbers;
  take_command(&command, &options);
  hwgen_encode_descriptor(&command, &options, completion, out);
  out += HWGEN_DESCRIPTOR_BYTES;
  if (command.op == HWGEN_ATTENTION) {
    for (i = 0u; i < command.as.attention.head_count; i++) {
      hwgen_encode_head(&heads[i], command.as.attention.bias, out + HWGEN_RECORD_BYTES * i);
    }
  } else if (command.op == HWGEN_APPEND) {
    for (i = 0u; i < command.as.append.head_count; i++) {
      hwgen_encode_appended(&appended[i], out + HWGEN_RECORD_BYTES * i);
    }
  }
}

static void take_device(struct hwgen_device *device)
{
  struct hwgen_capabilities *there = &device->there;
  there->d_head = (uint32_t)take();
  there->max_tokens = (uint32_t)take();
  (void)hwgen_planes_of((uint32_t)take(), &there->planes[HWGEN_K]);
  (void)hwgen_planes_of((uint32_t)take(), &there->planes[HWGEN_V]);
  there->channels = (uint32_t)take();
  there->data_w = (uint32_t)take();
  there->v_layout = (enum hwgen_layout)take();
  there->attention = take() != 0u;
  there->cascade = take() != 0u;
  there->append = take() != 0u;
  hwgen_config_default(&device->config);
  device->config.window_base = take();
  device->config.window_end = take();
  device->config.channel_stride = take();
}

/* Judges a command; `out` takes code, head, value, rule, low and high. Returns the field's name, or
 * NULL if nothing is wrong. */
const char *equal_check(const uint64_t *device_numbers, const uint64_t *region_numbers,
                        uint64_t region_count, const uint64_t *numbers, uint64_t *out);
const char *equal_check(const uint64_t *device_numbers, const uint64_t *region_numbers,
                        uint64_t region_count, const uint64_t *numbers, uint64_t *out)
{
  static struct hwgen_device device;
  static struct hwgen_memory regions[8];
  struct hwgen_command command;
  struct hwgen_options options;
  enum hwgen_status status;
  size_t i;
  next = device_numbers;
  take_device(&device);
  next = region_numbers;
  for (i = 0u; i < region_count; i++) {
    regions[i].address = take();
    regions[i].bytes = take();
    regions[i].shared = take() != 0u;
  }
  next = numbers;
  take_command(&command, &options);
  status = hwgen_check(&device, &command, regions, (size_t)region_count);
  out[0] = device.illegal.code;
  out[1] = (uint64_t)(int64_t)device.illegal.head;
  out[2] = device.illegal.value;
  out[3] = device.illegal.rule;
  out[4] = device.illegal.low;
  out[5] = device.illegal.high;
  return status == HWGEN_ILLEGAL ? device.illegal.field : NULL;
}

/* Places a head; `out` takes bases, offsets and the end. */
int equal_place(const uint64_t *device_numbers, uint64_t base, uint32_t tokens, uint32_t skew,
                uint64_t *out);
int equal_place(const uint64_t *device_numbers, uint64_t base, uint32_t tokens, uint32_t skew,
                uint64_t *out)
{
  static struct hwgen_device device;
  struct hwgen_place place;
  int kind;
  int plane;
  next = device_numbers;
  take_device(&device);
  if (!hwgen_place_head(&device.there, base, tokens, skew, &place, &out[8])) {
    return 0;
  }
  for (kind = 0; kind < 2; kind++) {
    *out++ = place.base[kind];
    for (plane = 0; plane < HWGEN_MOST_PLANES; plane++) {
      *out++ = place.offset[kind][plane];
    }
  }
  return 1;
}

/* Packs elements; returns the bytes. */
uint32_t equal_pack(uint32_t widths, uint32_t plane, const int16_t *elements, uint32_t count,
                    uint8_t *out);
uint32_t equal_pack(uint32_t widths, uint32_t plane, const int16_t *elements, uint32_t count,
                    uint8_t *out)
{
  struct hwgen_planes planes;
  (void)hwgen_planes_of(widths, &planes);
  hwgen_pack(&planes, plane, elements, count, out);
  return count / 8u * planes.widths[plane];
}
