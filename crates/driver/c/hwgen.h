/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Driver of accelerators that hwgen emits with an AXI port.
 *
 * C99, freestanding; compiles as C++17, too. It needs no operating system and allocates nothing: the
 * software around it gives accesses to the registers (struct hwgen_mmio) and regions of memory
 * (struct hwgen_memory).
 *
 * What a job names stays where it is until hwgen_poll gives the job back: its regions are not freed,
 * moved or written until then, nor is the device structure. Commands are checked before anything is
 * written. One thread at a time may call the functions of a device.
 */
#ifndef HWGEN_H
#define HWGEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hwgen_regs.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The registers of one accelerator. Accesses have 32 bits and happen in the order of the calls. */
struct hwgen_mmio {
  uint32_t (*read32)(void *context, uint32_t offset);
  void (*write32)(void *context, uint32_t offset, uint32_t value);
  /* Lets a moment pass between two looks at something; may be NULL. */
  void (*relax)(void *context);
  void *context;
};

/*
 * A region of memory at a fixed address of the accelerator's bus. If there is a cache that the
 * accelerator does not see, regions begin and end with a line of it.
 */
struct hwgen_memory {
  uint64_t address;
  uint64_t bytes;
  void (*read)(void *context, uint64_t offset, void *to, size_t bytes);
  void (*write)(void *context, uint64_t offset, const void *from, size_t bytes);
  /* Makes what was written visible to the accelerator before any later access to a register; may be
   * NULL. */
  void (*clean)(void *context, uint64_t offset, uint64_t bytes);
  /* Makes what the accelerator wrote visible to the reads that follow; may be NULL. */
  void (*invalidate)(void *context, uint64_t offset, uint64_t bytes);
  void *context;
  /* Whether other jobs have the region, too. Head records are not written to it. */
  bool shared;
};

/* What a function says. */
enum hwgen_status {
  HWGEN_OK = 0,
  /* No job is over. */
  HWGEN_NOTHING,
  /* There is no accelerator: MAGIC holds something else. */
  HWGEN_NOT_THERE,
  /* A register map that this driver does not know. */
  HWGEN_VERSION,
  /* A register of the capabilities holds what cannot be. */
  HWGEN_CAPABILITY,
  /* A rule is broken, see `illegal` of the device; nothing was written. */
  HWGEN_ILLEGAL,
  /* The ring is full: poll, and try again. */
  HWGEN_FULL,
  /* The accelerator is stopped: start it, and try again. */
  HWGEN_STOPPED,
  /* It did not answer within the looks allowed. */
  HWGEN_TIMEOUT,
  /* A completion record is not that of its command, which stays in flight. */
  HWGEN_RECORD,
  /* RING_HEAD is no index of the ring. */
  HWGEN_HEAD
};

/* Codes of completion records and of ERROR_CODE, beside those of hwgen_regs.h. */
enum hwgen_code {
  HWGEN_CODE_OK = 0,
  HWGEN_CODE_FETCH = 16,
  HWGEN_CODE_UNKNOWN_OP = 17,
  HWGEN_CODE_RESERVED = 18,
  HWGEN_CODE_ALIGNMENT = 19,
  HWGEN_CODE_WINDOW = 20,
  HWGEN_CODE_HEADS = 21,
  HWGEN_CODE_KEYS = 22,
  HWGEN_CODE_QUERIES = 23,
  HWGEN_CODE_COMPLETION = 24,
  HWGEN_CODE_RING_BASE = 25,
  HWGEN_CODE_LIST = 26,
  HWGEN_CODE_SHIFT = 27,
  /* And 1 to 7: the attention core refused the job. */
  HWGEN_CODE_CORE = 32,
  /* And 1 to 4: cascade pruning refused the command. */
  HWGEN_CODE_CASCADE = 40,
  HWGEN_CODE_READ = 48,
  HWGEN_CODE_VECTOR = 49,
  HWGEN_CODE_WRITE = 50,
  /* No code of the accelerator: only the driver sees it. */
  HWGEN_CODE_NONE = 255
};

/* What a value must be. */
enum hwgen_rule {
  HWGEN_RULE_NONE = 0,
  /* A multiple of `low`. */
  HWGEN_RULE_MULTIPLE,
  /* `low` to `high`, which may be negative numbers of 64 bits. */
  HWGEN_RULE_RANGE,
  /* Less than `high`. */
  HWGEN_RULE_BELOW,
  HWGEN_RULE_ZERO,
  /* The first of `high` bytes in the window. */
  HWGEN_RULE_WINDOW,
  /* The first of `high` bytes in one region of the job. */
  HWGEN_RULE_OWNED,
  /* Left out: the accelerator has no such feature. */
  HWGEN_RULE_FEATURE
};

/* A rule that a value breaks. */
struct hwgen_illegal {
  const char *field;
  /* Number of the head, or -1. */
  int32_t head;
  uint64_t value;
  uint8_t rule; /* enum hwgen_rule */
  uint8_t code; /* enum hwgen_code */
  uint64_t low;
  uint64_t high;
};

/* ---- What there is ---- */

enum hwgen_kind { HWGEN_K = 0, HWGEN_V = 1 };

#define HWGEN_MOST_PLANES 3
#define HWGEN_PAGE 4096u

/* Bits of the planes of keys or values, top plane first. */
struct hwgen_planes {
  uint8_t widths[HWGEN_MOST_PLANES];
  uint8_t count;
};

/* How the vectors of the values lie, by the values of register V_LAYOUT: planes apart; all planes of a
 * value together; planes apart, each vector filled up to a power of two of bytes. */
enum hwgen_layout { HWGEN_BY_PLANE = 0, HWGEN_TOGETHER = 1, HWGEN_FILLED = 2 };

struct hwgen_capabilities {
  uint32_t d_head;
  uint32_t multipliers;
  uint32_t row_tokens;
  uint32_t max_tokens;
  struct hwgen_planes planes[2]; /* by enum hwgen_kind */
  uint32_t jobs;
  uint32_t channels;
  uint32_t data_w;
  uint32_t io_w;
  uint32_t heads;
  enum hwgen_layout v_layout;
  bool attention;
  bool cascade;
  bool append;
  bool figs;
};

/* Reads what there is. Nothing is written, and no register is read that is not there. If the answer
 * is not HWGEN_OK, `illegal` says which register has which value. */
enum hwgen_status hwgen_probe(const struct hwgen_mmio *mmio, struct hwgen_capabilities *there,
                              struct hwgen_illegal *illegal);

/* ---- Where keys and values lie ---- */

/* Token n of a head lies in channel n mod C, there at place n div C, at the same local addresses in
 * every channel. A vector is the digits of one plane of a token, packed. */
struct hwgen_place {
  uint64_t base[2];                       /* multiples of HWGEN_PAGE */
  uint32_t offset[2][HWGEN_MOST_PLANES];  /* from the base; 0 for planes that are not there */
};

/* Makes planes of the value of K_PLANES or V_PLANES; false if it cannot be. */
bool hwgen_planes_of(uint32_t value, struct hwgen_planes *planes);
uint32_t hwgen_vector_bytes(const struct hwgen_capabilities *there, enum hwgen_kind kind,
                            uint32_t plane);
/* Bytes from a token's vector to that of the next token of its channel. */
uint32_t hwgen_stride(const struct hwgen_capabilities *there, enum hwgen_kind kind, uint32_t plane);
/* What offsets of planes are multiples of. */
uint32_t hwgen_granule(const struct hwgen_capabilities *there);
/* Places a head of `tokens` tokens from `base` on, its values `skew` bytes behind a page; `end` is the
 * first byte behind it, where the next head may begin. False if `base` is no multiple of HWGEN_PAGE or
 * the head does not fit below 4 GiB. */
bool hwgen_place_head(const struct hwgen_capabilities *there, uint64_t base, uint32_t tokens,
                      uint32_t skew, struct hwgen_place *place, uint64_t *end);
/* Local address of a token's vector. */
uint64_t hwgen_address(const struct hwgen_capabilities *there, const struct hwgen_place *place,
                       enum hwgen_kind kind, uint32_t plane, uint32_t token);
/* Packs the digits of a plane of `count` elements, a multiple of 8, into count / 8 times the bits of
 * the plane. Elements of too many bits saturate. */
void hwgen_pack(const struct hwgen_planes *planes, uint32_t plane, const int16_t *elements,
                uint32_t count, uint8_t *bytes);
/* Writes all planes of the key or value of a token, `d_head` elements, to the region of its channel,
 * which begins at the local address `begin`. False, and nothing written, if it does not lie there. */
bool hwgen_write_token(const struct hwgen_capabilities *there, const struct hwgen_memory *region,
                       uint64_t begin, const struct hwgen_place *place, enum hwgen_kind kind,
                       uint32_t token, const int16_t *elements);

/* ---- Commands ---- */

#define HWGEN_DESCRIPTOR_BYTES 64
#define HWGEN_RECORD_BYTES 128
#define HWGEN_COMPLETION_BYTES 16
#define HWGEN_STATISTICS_BYTES 16

enum hwgen_op { HWGEN_ATTENTION = 1, HWGEN_LIST = 2, HWGEN_CASCADE = 3, HWGEN_APPEND = 4 };

struct hwgen_rows {
  uint64_t address;
  int32_t stride;
};

/* One head of a layer. */
struct hwgen_head {
  struct hwgen_place place;
  struct hwgen_rows queries; /* multiples of 8 */
  struct hwgen_rows biases;  /* an int32_t per key, multiples of 4; not read without biases */
  struct hwgen_rows results; /* multiples of 8 */
  int8_t pre_shift;          /* -16 to 31 */
  uint16_t mant;
  uint64_t head_limit;       /* 36 bits */
};

enum hwgen_keys {
  /* Keys 0 to `keys`, which is left out. */
  HWGEN_KEYS_ALL = 0,
  /* The first `keys` entries of the token list, which name tokens below `tokens`. */
  HWGEN_KEYS_LISTED = 1,
  /* All entries of the token list, likewise. */
  HWGEN_KEYS_ON_CHIP = 2
};

enum hwgen_refine { HWGEN_STATIC = 0, HWGEN_BY_HEAD = 1, HWGEN_BY_TOKEN = 2 };
enum hwgen_select { HWGEN_SELECT_ALL = 0, HWGEN_SELECT_BEST = 1, HWGEN_SELECT_MASS = 2 };

/* Attention of one layer. Head records are written to `records`, a multiple of 128 in the regions of
 * the job, 128 bytes per head. */
struct hwgen_attention {
  uint64_t records;
  const struct hwgen_head *heads; /* 1 to 256 */
  uint32_t head_count;
  bool heads_on_chip; /* those that cascade pruning left; record i is that of head i */
  uint8_t key_kind;   /* enum hwgen_keys */
  uint16_t keys;
  uint16_t tokens;    /* that lie in memory, if `key_kind` is not HWGEN_KEYS_ALL */
  uint16_t queries;   /* of each head, 1 to 4096 */
  bool causal;
  uint16_t first;     /* position of query 0, if `causal` */
  uint8_t k_start;
  uint8_t k_max;
  uint8_t v_count;
  uint8_t refine;     /* enum hwgen_refine */
  uint32_t eps_log2;  /* with HWGEN_BY_TOKEN, 20 bits */
  uint8_t select;     /* enum hwgen_select */
  uint16_t k;         /* with HWGEN_SELECT_BEST */
  uint32_t mass;      /* with HWGEN_SELECT_MASS; 65536 is one */
  bool renorm;
  bool bias;
};

/* A token list for the core: `count` entries of uint16_t. */
struct hwgen_list {
  uint64_t address; /* a multiple of 8 */
  uint16_t count;
};

enum hwgen_stage { HWGEN_START = 0, HWGEN_LAYER = 1, HWGEN_TOKEN = 2 };

/* Prunes tokens and heads before a layer. */
struct hwgen_cascade {
  uint8_t stage;   /* enum hwgen_stage */
  uint16_t tokens; /* with HWGEN_START */
  uint16_t heads;  /* with HWGEN_START */
  uint16_t keep_tokens;
  uint16_t keep_heads;
  uint16_t window;
  /* Where the survivors are written, 8 bytes each, multiples of 8; 0 if they are not wanted. There
   * are up to the larger of `keep_tokens` and `window`, and up to `keep_heads`. */
  uint64_t tokens_to;
  uint64_t heads_to;
};

/* What is appended to a head: an int16_t per element, of which 12 bits count. */
struct hwgen_appended {
  struct hwgen_place place;
  uint64_t k; /* multiples of 2 */
  uint64_t v;
};

/* Appends a token to the keys and values of every head. With more than one channel the window must
 * hold the addresses of all channels, not only those of channel 0: otherwise the command ends with
 * an error of writing. */
struct hwgen_append {
  uint64_t records;
  const struct hwgen_appended *heads;
  uint32_t head_count;
  uint16_t token;
};

struct hwgen_command {
  uint8_t op; /* enum hwgen_op */
  union {
    struct hwgen_attention attention;
    struct hwgen_list list;
    struct hwgen_cascade cascade;
    struct hwgen_append append;
  } as;
};

struct hwgen_options {
  uint32_t tag;
  bool interrupt;
  bool fence;
};

struct hwgen_completion {
  uint32_t tag;
  uint8_t code; /* enum hwgen_code */
  uint8_t op;
  uint16_t index;
  uint32_t count;
  uint32_t cycles;
};

/* Bytes of what is in memory. Nothing is checked. */
void hwgen_encode_descriptor(const struct hwgen_command *command, const struct hwgen_options *options,
                             uint64_t completion, uint8_t *out);
void hwgen_encode_head(const struct hwgen_head *head, bool bias, uint8_t *out);
void hwgen_encode_appended(const struct hwgen_appended *head, uint8_t *out);
void hwgen_decode_completion(const uint8_t *bytes, struct hwgen_completion *completion);

/* ---- Rows ---- */

struct hwgen_statistics {
  uint8_t error; /* enum hwgen_code */
  uint8_t rounds;
  uint16_t selected;
  uint16_t k_fetched;
  uint16_t refined;
  uint16_t v_fetched;
  uint32_t cycles;
};

uint32_t hwgen_query_bytes(const struct hwgen_capabilities *there);
uint32_t hwgen_result_bytes(const struct hwgen_capabilities *there);
void hwgen_write_query(const struct hwgen_memory *region, uint64_t offset, uint32_t bound,
                       const int16_t *elements, uint32_t count);
void hwgen_write_elements(const struct hwgen_memory *region, uint64_t offset, const int16_t *elements,
                          uint32_t count);
void hwgen_read_elements(const struct hwgen_memory *region, uint64_t offset, int16_t *elements,
                         uint32_t count);
/* Of the row of results at `offset`. */
void hwgen_read_statistics(const struct hwgen_memory *region, uint64_t offset, uint32_t d_head,
                           struct hwgen_statistics *statistics);

/* ---- The device ---- */

/* Bytes of the ring's region per entry. */
#define HWGEN_ENTRY_BYTES 128

struct hwgen_config {
  /* First byte that the accelerator may touch, and the one behind the last. */
  uint64_t window_base;
  uint64_t window_end;
  /* Bytes from the address space of a channel to that of the next, a multiple of HWGEN_PAGE. */
  uint64_t channel_stride;
  uint8_t prot;        /* AxPROT, 3 bits */
  uint8_t cache;       /* AxCACHE, 4 bits */
  uint32_t interrupts; /* bits of IRQ_ENABLE */
  /* How often the driver looks before it says that the accelerator does not answer. */
  uint32_t patience;
};

/* What is used where nothing else is wanted: all addresses, normal memory, no interrupt. */
void hwgen_config_default(struct hwgen_config *config);

enum hwgen_outcome {
  /* The accelerator completed it; the code of the completion says how. */
  HWGEN_DONE,
  /* It never began: the queue was reset before. */
  HWGEN_CANCELLED,
  /* It has ended, but its record could not be written. */
  HWGEN_LOST
};

/* A job in flight; only the driver looks at it. */
struct hwgen_slot {
  uint32_t tag;
  uint16_t index;
  uint8_t op;
  bool over;
  enum hwgen_outcome outcome;
  struct hwgen_completion completion;
  const struct hwgen_memory *regions;
  size_t region_count;
  void *user;
};

struct hwgen_finished {
  uint32_t tag;
  enum hwgen_outcome outcome;
  struct hwgen_completion completion;
  /* What was given with the job. */
  const struct hwgen_memory *regions;
  size_t region_count;
  void *user;
};

struct hwgen_device {
  struct hwgen_mmio mmio;
  struct hwgen_memory ring;
  struct hwgen_capabilities there;
  struct hwgen_config config;
  struct hwgen_slot *slots;
  uint32_t entries;
  uint32_t first;
  uint32_t count;
  uint32_t tail;
  bool enabled;
  /* The rule that the last call broke, if it answered HWGEN_ILLEGAL, or the register and its value. */
  struct hwgen_illegal illegal;
};

struct hwgen_fault {
  uint8_t code; /* enum hwgen_code */
  uint64_t address;
};

enum hwgen_counter {
  HWGEN_CYCLES,
  HWGEN_BUSY_QK,
  HWGEN_BUSY_SCORE,
  HWGEN_BUSY_SOFTMAX,
  HWGEN_BUSY_PV,
  HWGEN_IN_BYTES,
  HWGEN_OUT_BYTES,
  HWGEN_K_BYTES, /* by plane */
  HWGEN_V_BYTES, /* by plane */
  HWGEN_BLOCKED  /* by channel */
};

/* Finds out what is there, brings the accelerator to rest whatever it did, sets it up, and lets it
 * run. `ring` has HWGEN_ENTRY_BYTES per entry and begins at a multiple of 64; `slots` has an element
 * per entry, 2 to 65535. */
enum hwgen_status hwgen_open(struct hwgen_device *device, const struct hwgen_mmio *mmio,
                             const struct hwgen_memory *ring, struct hwgen_slot *slots,
                             uint32_t entries, const struct hwgen_config *config);
/* Stops the accelerator and waits until nothing is in flight, however long that takes. */
void hwgen_close(struct hwgen_device *device);

/* Judges a command of a job with these regions. */
enum hwgen_status hwgen_check(struct hwgen_device *device, const struct hwgen_command *command,
                              const struct hwgen_memory *regions, size_t region_count);
/* Submits a command and rings the doorbell. The regions, and the array that lists them, stay until
 * the job is given back; `user` comes back with it. The command itself may go. */
enum hwgen_status hwgen_submit(struct hwgen_device *device, const struct hwgen_command *command,
                               const struct hwgen_options *options, const struct hwgen_memory *regions,
                               size_t region_count, void *user);
/* Gives the oldest job back if it is over: HWGEN_OK, HWGEN_NOTHING or HWGEN_RECORD. */
enum hwgen_status hwgen_poll(struct hwgen_device *device, struct hwgen_finished *finished);
/* Waits for the oldest job: HWGEN_OK, HWGEN_TIMEOUT or HWGEN_RECORD. */
enum hwgen_status hwgen_wait(struct hwgen_device *device, struct hwgen_finished *finished);

/* Handles the interrupt: returns bits of IRQ_STATUS, and clears those. Call hwgen_poll afterwards
 * until it gives nothing: a job that ends from the clear on raises the interrupt again. */
uint32_t hwgen_interrupt(struct hwgen_device *device);
/* Chooses which events raise the interrupt, by bits of IRQ_ENABLE. */
void hwgen_set_interrupts(struct hwgen_device *device, uint32_t events);

/* Tells whether there was an error since errors were cleared, and the first one. */
bool hwgen_fault(struct hwgen_device *device, struct hwgen_fault *fault);
void hwgen_clear_fault(struct hwgen_device *device);

/* Reads a counter; false if there is no such plane or channel. */
bool hwgen_counter(struct hwgen_device *device, enum hwgen_counter counter, uint32_t index,
                   uint64_t *value);
/* Requests of a channel in flight, now and at most; false if there is no such channel. */
bool hwgen_flight(struct hwgen_device *device, uint32_t channel, uint32_t *now, uint32_t *most);
void hwgen_clear_counters(struct hwgen_device *device);

void hwgen_start(struct hwgen_device *device);
/* Lets no further command begin, and waits until those that have begun have ended. */
enum hwgen_status hwgen_stop(struct hwgen_device *device);
/* Stops, and empties the ring. hwgen_poll gives all jobs back; hwgen_start goes on. */
enum hwgen_status hwgen_reset(struct hwgen_device *device);

#ifdef __cplusplus
}
#endif

#endif
