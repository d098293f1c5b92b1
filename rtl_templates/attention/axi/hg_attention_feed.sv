// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Makes queries, biases and entries of the token list for the core of the words of
/// hg_stream_reader.
///
/// `feed` says what the words of each command of the reader are, in the order of the commands. A
/// row begins with byte 0 of a word, numbers are little-endian:
///  - queries: rows of a bound (32 bits, of which 24 count), 32 bits that are not read, and DHead
///    elements of 16 bits, which saturate to 12; the last row ends its job if `feed_last_i`;
///  - biases of the query before: one row of 32 bits per key, which saturate to BiasW bits without
///    becoming the smallest number; only the smallest does, and masks;
///  - the token list: one row of 16 bits per entry; a token beyond the last is the last;
///  - elements to append: one row, whose words are handed on.
///
/// Of the biases the core takes those of keys that the query sees; the others are dropped. A job
/// that it refuses comes without biases, whatever `job_bias_i` says. For that `job_taken_i` says
/// that the core takes a job: it takes one when all queries of the one before have passed, so that
/// at most two are known here.
///
/// Latency: a query is offered in the cycle behind its last word. Throughput: a word per cycle but
/// for those in which the core takes a query, or a list an entry; a command of biases takes two
/// cycles more than it has words.
module hg_attention_feed #(
  /// Elements of a head: 8 to 128, a multiple of 8.
  parameter int DHead = 64,
  /// Keys of a row: a power of two, 1 to 64.
  parameter int Tokens = 1,
  /// Most tokens of a job: 8 to 4096.
  parameter int MaxTokens = 1024,
  /// Bits of a bias of the core: 19 to 33.
  parameter int BiasW = 32,
  /// Bits of a word: a power of two, 64 to 512.
  parameter int DataW = 64,
  /// Commands that wait: 1 and up.
  parameter int Commands = 4,
  /// Derived: bits of a count of keys.
  localparam int TokW = hg_pkg::cnt_width(MaxTokens)
) (
  /// Clock, rising edge.
  input  logic                    clk_i,
  /// Asynchronous reset, active low.
  input  logic                    rst_ni,

  // What the words of a command are.
  /// That is offered.
  input  logic                    feed_valid_i,
  /// It is taken.
  output logic                    feed_ready_o,
  /// 0 queries, 1 biases, 2 token list, 3 elements to append.
  input  logic [1:0]              feed_kind_i,
  /// Queries; 1 of anything else.
  input  logic [16:0]             feed_rows_i,
  /// Biases of the query, or entries of the list.
  input  logic [TokW-1:0]         feed_keys_i,
  /// The last of these queries ends its job.
  input  logic                    feed_last_i,

  // Words.
  /// A word is offered.
  input  logic                    in_valid_i,
  /// The word is taken.
  output logic                    in_ready_o,
  /// The word, byte 0 in the low bits.
  input  logic [DataW-1:0]        in_data_i,
  /// The last word of a row.
  input  logic                    in_row_last_i,

  // Jobs of the core.
  /// The core takes a job.
  input  logic                    job_taken_i,
  /// It will refuse it: no biases come.
  input  logic                    job_refused_i,
  /// Each of its queries comes with biases.
  input  logic                    job_bias_i,
  /// Query i sees only keys 0 to first + i.
  input  logic                    job_causal_i,
  /// Position of query 0.
  input  logic [TokW-1:0]         job_first_i,

  // To the core.
  /// A query is offered.
  output logic                    query_valid_o,
  /// The query is taken.
  input  logic                    query_ready_i,
  /// Elements, element 0 lowest.
  output logic [DHead*12-1:0]     query_data_o,
  /// Uncertainty bound.
  output logic [23:0]             query_bound_o,
  /// Last query of its job.
  output logic                    query_last_o,
  /// A row of biases is offered.
  output logic                    bias_valid_o,
  /// The row of biases is taken.
  input  logic                    bias_ready_i,
  /// Biases.
  output logic [Tokens*BiasW-1:0] bias_data_o,
  /// An entry of the token list is offered.
  output logic                    list_valid_o,
  /// It is taken.
  input  logic                    list_ready_i,
  /// Position of the entry.
  output logic [TokW-1:0]         list_position_o,
  /// Token of the entry.
  output logic [TokW-1:0]         list_token_o,

  // To the writer of planes.
  /// The word is one of elements to append.
  output logic                    append_valid_o,
  /// It is taken.
  input  logic                    append_ready_i
);

  localparam logic [1:0] Queries = 2'd0;
  localparam logic [1:0] Biases  = 2'd1;
  localparam logic [1:0] List    = 2'd2;
  localparam logic [1:0] Append  = 2'd3;

  localparam int AboutW = 2 + 17 + TokW + 1;
  localparam int UsedW  = hg_pkg::cnt_width(Commands);
  localparam int JobW   = 2 + TokW;

  logic [AboutW-1:0] about_in, about;
  logic              about_valid, about_done, last, take, row_ends;
  logic [1:0]        kind;
  logic [16:0]       rows, row_q;
  logic [TokW-1:0]   keys;
  logic [UsedW-1:0]  unused_used;
  logic              queries, biases, list, append, last_row;
  logic              query_ready, bias_ready, list_ready;

  assign about_in                 = {feed_kind_i, feed_rows_i, feed_keys_i, feed_last_i};
  assign {kind, rows, keys, last} = about;

  hg_fifo #(
    .Width        (AboutW),
    .DepthEntries (Commands)
  ) u_about (
    .clk_i,
    .rst_ni,
    .in_valid_i  (feed_valid_i),
    .in_ready_o  (feed_ready_o),
    .in_data_i   (about_in),
    .out_valid_o (about_valid),
    .out_ready_i (about_done),
    .out_data_o  (about),
    .used_o      (unused_used)
  );

  // A row ends with its last word, a command with its last row.
  assign queries    = about_valid && kind == Queries;
  assign biases     = about_valid && kind == Biases;
  assign list       = about_valid && kind == List;
  assign append     = about_valid && kind == Append;
  assign last_row   = row_q + 17'd1 == rows;
  assign in_ready_o = (queries && query_ready) || (biases && bias_ready) || (list && list_ready)
                      || (append && append_ready_i);
  assign take       = in_valid_i && in_ready_o;
  assign row_ends   = take && in_row_last_i;
  assign about_done = row_ends && (!queries || last_row);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) row_q <= '0;
    else if (about_done) row_q <= '0;
    else if (row_ends) row_q <= row_q + 17'd1;
  end

  hg_attention_feed_query #(
    .DHead (DHead),
    .DataW (DataW)
  ) u_query (
    .clk_i,
    .rst_ni,
    .take_i     (take && queries),
    .ready_o    (query_ready),
    .data_i     (in_data_i),
    .row_last_i (in_row_last_i),
    .last_i     (last && last_row),
    .query_valid_o,
    .query_ready_i,
    .query_data_o,
    .query_bound_o,
    .query_last_o
  );

  // Jobs that the core has taken, the oldest first. A job is forgotten with its last query, or with
  // the biases of that.
  logic            job_valid, job_done, with_biases, causal, ends_q;
  logic            query_gone, bias_gone, unused_room;
  logic [JobW-1:0] job_in, job;
  logic [TokW-1:0] first;
  logic [1:0]      unused_jobs;

  assign job_in = {job_bias_i && !job_refused_i, job_causal_i, job_first_i};
  assign {with_biases, causal, first} = job;

  hg_fifo #(
    .Width        (JobW),
    .DepthEntries (3)
  ) u_jobs (
    .clk_i,
    .rst_ni,
    .in_valid_i  (job_taken_i),
    .in_ready_o  (unused_room),
    .in_data_i   (job_in),
    .out_valid_o (job_valid),
    .out_ready_i (job_done),
    .out_data_o  (job),
    .used_o      (unused_jobs)
  );

  assign query_gone = query_valid_o && query_ready_i;
  assign bias_gone  = row_ends && biases;
  assign job_done   = with_biases ? bias_gone && ends_q : query_gone && query_last_o;

  // Whether the last query of the job has gone, whose biases are the last.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) ends_q <= 1'b0;
    else if (query_gone) ends_q <= query_last_o;
  end

  // Biases wait until their query has gone: the oldest job is theirs then.
  hg_attention_feed_bias #(
    .Tokens (Tokens),
    .TokW   (TokW),
    .BiasW  (BiasW),
    .DataW  (DataW)
  ) u_bias (
    .clk_i,
    .rst_ni,
    .begin_i    (biases && job_valid && !query_valid_o),
    .causal_i   (causal),
    .first_i    (first),
    .job_last_i (ends_q),
    .keys_i     (keys),
    .valid_i    (in_valid_i && biases),
    .ready_o    (bias_ready),
    .data_i     (in_data_i),
    .row_last_i (in_row_last_i),
    .bias_valid_o,
    .bias_ready_i,
    .bias_data_o
  );

  hg_attention_feed_list #(
    .MaxTokens (MaxTokens),
    .DataW     (DataW)
  ) u_list (
    .clk_i,
    .rst_ni,
    .valid_i    (in_valid_i && list),
    .ready_o    (list_ready),
    .data_i     (in_data_i),
    .row_last_i (in_row_last_i),
    .count_i    (keys),
    .list_valid_o,
    .list_ready_i,
    .list_position_o,
    .list_token_o
  );

  assign append_valid_o = append && in_valid_i;

`ifndef SYNTHESIS
`ifndef YOSYS
  always @(posedge clk_i) begin
    if (job_taken_i && !unused_room) $error("%m: a job before the queries of the one before");
    if (query_gone && !job_valid) $error("%m: a query before its job");
  end
`endif
`endif

endmodule

`default_nettype wire
