// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Makes rows of results for hg_stream_writer of the outputs and reports of the core.
///
/// `result` announces a job, in the order of jobs: where its rows go, and how many there are. A row
/// is an output (DHead numbers of 16 bits), then 16 bytes: error, rounds (8 bits each), selected,
/// k_fetched, refined, v_fetched (16 bits each), 16 bits of 0, and the cycles (32 bits). A job that
/// the core refuses gives all of its rows with outputs of 0, its error, and the rest 0.
///
/// The core reports behind its output, so that an output leaves before its report is looked at.
/// Each job is answered on `done` with the core's error and the writer's code, when all of its rows
/// have been written. Outputs go to `copy` as well, with the number that came with the job; where
/// nobody listens, `copy_ready_i` is 1. Throughput: a word per cycle, and five cycles per row.
module hg_attention_result #(
  /// Elements of a head: 8 to 128, a multiple of 8.
  parameter int DHead = 64,
  /// Most tokens of a job: 8 to 4096.
  parameter int MaxTokens = 1024,
  /// Bits of a word: a power of two, 64 to 512.
  parameter int DataW = 64,
  /// Jobs that wait for their rows: 1 and up.
  parameter int Jobs = 16,
  /// Commands of the writer under way: 2 to 64.
  parameter int Commands = 4,
  /// Derived: bits of a count of keys.
  localparam int TokW = hg_pkg::cnt_width(MaxTokens)
) (
  /// Clock, rising edge.
  input  logic                clk_i,
  /// Asynchronous reset, active low.
  input  logic                rst_ni,

  // Jobs.
  /// A job is announced.
  input  logic                result_valid_i,
  /// That is taken.
  output logic                result_ready_o,
  /// Address of the first row.
  input  logic [63:0]         result_addr_i,
  /// Bytes from a row to the next, signed.
  input  logic [31:0]         result_stride_i,
  /// Rows: the queries of the job, 1 to 4096.
  input  logic [12:0]         result_queries_i,
  /// Number of the head.
  input  logic [7:0]          result_index_i,
  /// All rows of the oldest job have been written.
  output logic                done_valid_o,
  /// That is taken.
  input  logic                done_ready_i,
  /// The error of a job that the core refused, or 0.
  output logic [2:0]          done_error_o,
  /// How the writer ended.
  output logic [2:0]          done_code_o,

  // The core.
  /// An output is offered.
  input  logic                out_valid_i,
  /// The output is taken.
  output logic                out_ready_o,
  /// Elements, element 0 lowest.
  input  logic [DHead*16-1:0] out_data_i,
  /// A report is offered.
  input  logic                stat_valid_i,
  /// The report is taken.
  output logic                stat_ready_o,
  /// 0, or why the job is refused.
  input  logic [2:0]          stat_error_i,
  /// Plane vectors of K that refinements asked for.
  input  logic [15:0]         stat_k_fetched_i,
  /// Planes that refinements added.
  input  logic [15:0]         stat_refined_i,
  /// Values selected.
  input  logic [TokW-1:0]     stat_selected_i,
  /// Plane vectors of V asked for.
  input  logic [15:0]         stat_v_fetched_i,
  /// Refinement rounds.
  input  logic [1:0]          stat_rounds_i,
  /// Cycles of the query.
  input  logic [31:0]         stat_cycles_i,

  // The same output for cascade pruning.
  /// An output is offered; its data are those of `out`.
  output logic                copy_valid_o,
  /// The output is taken.
  input  logic                copy_ready_i,
  /// Number of the head.
  output logic [7:0]          copy_head_o,

  // The writer.
  /// A command is offered.
  output logic                cmd_valid_o,
  /// The command is taken.
  input  logic                cmd_ready_i,
  /// Address of the first row.
  output logic [63:0]         cmd_addr_o,
  /// Bytes of a row.
  output logic [20:0]         cmd_bytes_o,
  /// Rows.
  output logic [16:0]         cmd_rows_o,
  /// Bytes from a row to the next, signed.
  output logic [31:0]         cmd_stride_o,
  /// A word is offered.
  output logic                word_valid_o,
  /// The word is taken.
  input  logic                word_ready_i,
  /// The word, byte 0 in the low bits.
  output logic [DataW-1:0]    word_data_o,
  /// A command of the writer has ended.
  input  logic                write_done_valid_i,
  /// That is taken.
  output logic                write_done_ready_o,
  /// How it ended.
  input  logic [2:0]          write_done_code_i
);

  localparam int OutW   = 16 * DHead;
  // Words of the output alone, and bits of it that share a word with the report.
  localparam int Whole  = OutW / DataW;
  localparam int RestW  = OutW % DataW;
  // Words behind those.
  localparam int Tails  = (DataW < 128) ? 2 : 1;
  localparam int Steps  = (Whole > 1) ? Whole : 1;
  localparam int StepW  = hg_pkg::idx_width(Steps);
  localparam int ErrorW = hg_pkg::cnt_width(Commands);
  localparam int JobW   = 64 + 32 + 13 + 8;

  typedef enum logic [1:0] {Idle, Output, Report} state_e;
  state_e state_d, state_q;

  logic [JobW-1:0]   job_in, job;
  logic              job_valid, job_taken, begins, ends;
  logic [12:0]       queries, queries_q, row_q;
  logic [7:0]        index, index_q;
  logic              refused, last_step, last_tail, last_row, step, leaves, copied_q, report;
  logic              there;
  logic [StepW-1:0]  step_q;
  logic              tail_q, error_ready, error_valid;
  logic [ErrorW-1:0] unused_errors;

  // Jobs wait until the writer takes their command, which it does before their rows come.
  assign job_in = {result_addr_i, result_stride_i, result_queries_i, result_index_i};
  assign {cmd_addr_o, cmd_stride_o, queries, index} = job;

  hg_ram_fifo #(
    .Width        (JobW),
    .DepthEntries (Jobs)
  ) u_jobs (
    .clk_i,
    .rst_ni,
    .in_valid_i  (result_valid_i),
    .in_ready_o  (result_ready_o),
    .in_data_i   (job_in),
    .out_valid_o (job_valid),
    .out_ready_i (job_taken),
    .out_data_o  (job)
  );

  assign begins      = job_valid && state_q == Idle && error_ready;
  assign cmd_valid_o = begins;
  assign cmd_bytes_o = 21'(2 * DHead + 16);
  assign cmd_rows_o  = 17'(queries);
  assign job_taken   = begins && cmd_ready_i;

  // A report is there before its output only if the job is refused.
  assign refused   = stat_valid_i;
  assign last_step = step_q == StepW'(Steps - 1);
  assign last_tail = tail_q == 1'(Tails - 1);
  assign last_row  = row_q + 13'd1 == queries_q;
  // A step of the output: a word, or none if all of the output is beside the report.
  assign there     = refused || (out_valid_i && (!last_step || copied_q || copy_ready_i));
  assign step      = state_q == Output && there && (Whole == 0 || word_ready_i);
  assign leaves    = step && last_step;
  assign report    = state_q == Report && stat_valid_i && word_ready_i;
  assign ends      = report && last_tail && last_row;

  always_comb begin
    state_d = state_q;
    case (state_q)
      Idle:    if (job_taken) state_d = Output;
      Output:  if (leaves) state_d = Report;
      default: begin
        if (ends) state_d = Idle;
        else if (report && last_tail) state_d = Output;
      end
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q  <= Idle;
      step_q   <= '0;
      tail_q   <= 1'b0;
      row_q    <= '0;
      copied_q <= 1'b0;
    end else begin
      state_q <= state_d;
      if (step) step_q <= last_step ? '0 : step_q + StepW'(1);
      if (report) tail_q <= !last_tail;
      if (report && last_tail) row_q <= last_row ? '0 : row_q + 13'd1;
      if (leaves) copied_q <= 1'b0;
      else if (copy_valid_o && copy_ready_i) copied_q <= 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (job_taken) begin
      queries_q <= queries;
      index_q   <= index;
    end
  end

  assign out_ready_o  = leaves && !refused;
  assign stat_ready_o = report && last_tail && (stat_error_i == 3'd0 || last_row);
  assign copy_valid_o = state_q == Output && out_valid_i && !refused && !copied_q;
  assign copy_head_o  = index_q;

  // The words.
  logic [127:0]          stats;
  logic [Tails*DataW-1:0] tails;

  // A job that the core refuses has nothing but its error: the core counts its cycles nevertheless.
  always_comb begin
    stats = {stat_cycles_i, 16'd0, stat_v_fetched_i, stat_refined_i, stat_k_fetched_i,
             16'(stat_selected_i), 6'd0, stat_rounds_i, 5'd0, 3'd0};
    if (stat_error_i != 3'd0) stats = 128'(stat_error_i);
  end

  if (RestW > 0) begin : gen_rest
    logic [RestW-1:0] rest_q;

    always_ff @(posedge clk_i) begin
      if (leaves) rest_q <= refused ? '0 : out_data_i[OutW-1:OutW-RestW];
    end

    assign tails = (Tails * DataW)'({stats, rest_q});
  end else begin : gen_none
    assign tails = (Tails * DataW)'(stats);
  end

  if (Whole > 0) begin : gen_words
    logic [DataW-1:0] word;

    always_comb begin
      word = '0;
      for (int w = 0; w < Whole; w++) begin
        if (step_q == StepW'(w)) word = out_data_i[w*DataW +: DataW];
      end
      if (refused) word = '0;
    end

    assign word_data_o  = (state_q == Output) ? word
                          : tail_q ? tails[(Tails-1)*DataW +: DataW] : tails[DataW-1:0];
    assign word_valid_o = (state_q == Output && there) || (state_q == Report && stat_valid_i);
  end else begin : gen_no_words
    assign word_data_o  = tails[DataW-1:0];
    assign word_valid_o = state_q == Report && stat_valid_i;
  end

  // The core's error waits for the writer's answer.
  hg_fifo #(
    .Width        (3),
    .DepthEntries (Commands)
  ) u_errors (
    .clk_i,
    .rst_ni,
    .in_valid_i  (ends),
    .in_ready_o  (error_ready),
    .in_data_i   (stat_error_i),
    .out_valid_o (error_valid),
    .out_ready_i (write_done_valid_i && done_ready_i),
    .out_data_o  (done_error_o),
    .used_o      (unused_errors)
  );

  assign done_valid_o       = write_done_valid_i && error_valid;
  assign write_done_ready_o = done_ready_i && error_valid;
  assign done_code_o        = write_done_code_i;

endmodule

`default_nettype wire
