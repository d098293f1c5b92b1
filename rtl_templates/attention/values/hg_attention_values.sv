// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Fourth part of the attention core: winners become outputs.
///
/// hg_select finds the winners of each query that commits; their values are fetched, each once a
/// job and gathered by lane, and the probabilities leave (hg_attention_value_fetch). PV sums the
/// values up (_buffer, _pv) and divides (_denominators); outputs and statistics leave in order
/// (_retire).
module hg_attention_values #(
  /// Elements of a vector, 8 to 128, a multiple of 8.
  parameter int DHead = 64,
  /// Slices of a vector, 1 and up, a divisor of DHead.
  parameter int Folds = 1,
  /// Most keys of a job, 8 to 4096.
  parameter int MaxTokens = 1024,
  /// Keys a row; a power of two, 1 and up.
  parameter int Tokens = 1,
  /// Planes of V, 1 to 3.
  parameter int VPlanes = 3,
  /// Width of plane p in nibble p, 2 to 8 each.
  parameter int VWidths = 'h444,
  /// Requests in flight, 4 to 256.
  parameter int Outstanding = 64,
  /// Bits of an address of the V buffer, 2 and up.
  parameter int AddrW = 11,
  /// Bits that a digit takes in a response, at least the widest plane.
  parameter int InW = 4,
  /// Bits of a digit, at least the widest plane.
  parameter int DigitW = 4,
  /// Jobs in flight: a power of two, 4 to 64.
  parameter int Jobs = 8,
  /// Queries in hg_select, 2 to 32.
  parameter int Slots = 4,
  /// 1 if products are made for multipliers of an FPGA: otherwise 0.
  parameter int Dsp = 0,
  /// Derived: bits of a job's place.
  localparam int JobW = hg_pkg::idx_width(Jobs),
  /// Derived: bits of a position: an address, and those of a job's place.
  localparam int PosW = AddrW + JobW,
  /// Derived: bits of a count of keys.
  localparam int TokW = hg_pkg::cnt_width(MaxTokens),
  /// Derived: bits of a row's number.
  localparam int RowW = hg_pkg::idx_width(MaxTokens / Tokens),
  /// Derived: bits of a slot's number in hg_select.
  localparam int SlotW = hg_pkg::idx_width(Slots),
  /// Derived: bits of the rank of a key.
  localparam int RankW = hg_attention_pkg::RANK_W,
  /// Derived: bits of an exponential.
  localparam int ExpW = hg_attention_pkg::EXP_W,
  /// Derived: bits of a sum of exponentials.
  localparam int ExpSumW = hg_attention_pkg::EXP_SUM_W,
  /// Derived: bits of a probability.
  localparam int ProbW = hg_attention_pkg::PROB_W,
  /// Derived: bits of a count of arrivals.
  localparam int ArrivalW = hg_attention_pkg::ARRIVAL_W
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,
  // A job is taken.
  input  logic                        take_i,
  input  logic [JobW-1:0]             take_place_i,
  input  logic [7:0]                  job_head_i,
  input  logic [1:0]                  job_v_count_i,
  input  logic [1:0]                  job_select_i,
  input  logic [TokW-1:0]             job_k_i,
  input  logic                        job_renorm_i,
  input  logic [31:0]                 now_i,
  // Ranks and exponentials of a pass, then whether its query is kept, from the second cycle behind
  // its last row on.
  input  logic                        sel_valid_i,
  input  logic [RowW-1:0]             sel_row_i,
  input  logic [Tokens*RankW-1:0]     sel_key_i,
  input  logic [Tokens*ExpW-1:0]      sel_exp_i,
  input  logic [Tokens-1:0]           sel_live_i,
  input  logic                        sel_last_i,
  input  logic                        judge_valid_i,
  input  logic                        judge_keep_i,
  output logic [SlotW-1:0]            judge_slot_o,
  output logic                        slot_done_o,
  // The oldest query, and its commit.
  input  logic [JobW-1:0]             old_job_i,
  input  logic [PosW-1:0]             old_base_i,
  input  logic                        old_last_i,
  input  logic [2:0]                  old_error_i,
  input  logic [31:0]                 old_stamp_i,
  input  logic                        leave_i,
  input  logic                        commit_i,
  input  logic                        commit_error_i,
  input  logic [SlotW-1:0]            commit_slot_i,
  input  logic [ExpSumW-1:0]          commit_sum_i,
  input  logic [ExpSumW-1:0]          commit_target_i,
  input  logic [15:0]                 commit_fetched_i,
  input  logic [15:0]                 commit_refined_i,
  input  logic [1:0]                  commit_rounds_i,
  // Requests of values, and planes of V that arrive.
  input  logic [PosW-1:0]             v_free_i,
  output logic                        ask_valid_o,
  input  logic                        ask_ready_i,
  output logic [JobW-1:0]             ask_job_o,
  output logic [1:0]                  ask_plane_o,
  output logic [Tokens*RowW-1:0]      ask_row_o,
  output logic [Tokens*AddrW-1:0]     ask_addr_o,
  output logic [Tokens-1:0]           ask_mask_o,
  input  logic [ArrivalW-1:0]         v_arrived_i,
  input  logic                        wr_en_i,
  input  logic [1:0]                  wr_plane_i,
  input  logic [Tokens*AddrW-1:0]     wr_addr_i,
  input  logic [Tokens-1:0]           wr_mask_i,
  input  logic [Tokens*DHead*InW-1:0] wr_data_i,
  // Probabilities, outputs and statistics of the queries.
  output logic                        prob_valid_o,
  input  logic                        prob_ready_i,
  output logic [Tokens*ProbW-1:0]     prob_data_o,
  output logic [RowW-1:0]             prob_row_o,
  output logic [Tokens-1:0]           prob_keep_o,
  output logic                        prob_last_o,
  output logic                        out_valid_o,
  input  logic                        out_ready_i,
  output logic [DHead*16-1:0]         out_data_o,
  output logic [7:0]                  out_head_o,
  output logic                        out_last_o,
  output logic                        stat_valid_o,
  input  logic                        stat_ready_i,
  output logic [7:0]                  stat_head_o,
  output logic [2:0]                  stat_error_o,
  output logic                        stat_last_o,
  output logic [15:0]                 stat_k_fetched_o,
  output logic [15:0]                 stat_refined_o,
  output logic [TokW-1:0]             stat_selected_o,
  output logic [15:0]                 stat_v_fetched_o,
  output logic [1:0]                  stat_rounds_o,
  output logic [31:0]                 stat_cycles_o,
  output logic                        record_done_o,
  output logic                        job_done_o,
  // A slice of values is in PV.
  output logic                        pv_busy_o
);

  localparam int Records   = hg_attention_pkg::records(Slots);
  localparam int Searches  = hg_attention_pkg::searches(Tokens);
  localparam int Divisions = hg_attention_pkg::divisions(Tokens);
  localparam int RecW      = hg_pkg::idx_width(Records);
  localparam int RecipW    = hg_attention_pkg::RECIP_W;
  localparam int RecipExpW = hg_attention_pkg::RECIP_EXP_W;
  localparam int Slice     = DHead / Folds;
  localparam int FoldW     = hg_pkg::idx_width(Folds);
  // What a selection carries: its record, and the position of its job's row 0.
  localparam int TagW      = RecW + PosW;

  // Fields of the jobs in flight, by place; those of the oldest query come a cycle behind it.
  logic [7:0]      head_q [0:Jobs-1];
  logic [1:0]      v_count_q [0:Jobs-1];
  logic [1:0]      select_q [0:Jobs-1];
  logic [TokW-1:0] k_q [0:Jobs-1];
  logic            renorm_q [0:Jobs-1];
  logic [JobW-1:0] value_job, pv_job, retire_job;
  logic [1:0]      old_select_q;
  logic [TokW-1:0] old_k_q;
  logic            old_renorm_q;

  always_ff @(posedge clk_i) begin
    if (take_i) begin
      head_q[take_place_i]    <= job_head_i;
      v_count_q[take_place_i] <= job_v_count_i;
      select_q[take_place_i]  <= job_select_i;
      k_q[take_place_i]       <= job_k_i;
      renorm_q[take_place_i]  <= job_renorm_i;
    end
    old_select_q <= select_q[old_job_i];
    old_k_q      <= k_q[old_job_i];
    old_renorm_q <= renorm_q[old_job_i];
  end

  // Selection. Ranks and exponentials enter it a cycle later, because many bits hang on their
  // valid; the query is judged later still.
  logic                    in_valid, in_last;
  logic [RowW-1:0]         in_row;
  logic [Tokens*RankW-1:0] in_key;
  logic [Tokens*ExpW-1:0]  in_exp;
  logic [Tokens-1:0]       in_live;

  hg_delay_valid #(
    .Cycles (1)
  ) u_in_valid (
    .clk_i,
    .rst_ni,
    .valid_i (sel_valid_i),
    .valid_o (in_valid)
  );
  hg_delay #(
    .Width  (RowW + Tokens * (RankW + ExpW + 1) + 1),
    .Cycles (1)
  ) u_in (
    .clk_i,
    .data_i ({sel_row_i, sel_key_i, sel_exp_i, sel_live_i, sel_last_i}),
    .data_o ({in_row, in_key, in_exp, in_live, in_last})
  );

  logic                   drain_valid, drain_ready, drain_last, sel_sum_valid, slot_free;
  logic [RowW-1:0]        drain_row, win_row;
  logic [Tokens*ExpW-1:0] drain_exp, win_exp;
  logic [Tokens-1:0]      drain_live, drain_select, win_live, win_select;
  logic [TagW-1:0]        drain_tag;
  logic [ExpSumW-1:0]     sel_sum;
  logic                   win_valid, win_ready, win_last;
  logic [RecW-1:0]        win_record, open_record;
  logic [PosW-1:0]        win_base;

  hg_select #(
    .Rows      (Tokens),
    .MaxTokens (MaxTokens),
    .Slots     (Slots),
    .Searches  (Searches),
    .TagW      (TagW)
  ) u_select (
    .clk_i,
    .rst_ni,
    .slot_free_o     (slot_free),
    .in_valid_i      (in_valid),
    .in_row_i        (in_row),
    .in_key_i        (in_key),
    .in_exp_i        (in_exp),
    .in_live_i       (in_live),
    .in_last_i       (in_last),
    .judge_valid_i,
    .judge_keep_i,
    .judge_slot_o,
    .decide_valid_i  (commit_i),
    .decide_slot_i   (commit_slot_i),
    .decide_mode_i   (old_select_q),
    .decide_k_i      (old_k_q),
    .decide_target_i (commit_target_i),
    .decide_tag_i    ({open_record, old_base_i}),
    .out_valid_o     (drain_valid),
    .out_ready_i     (drain_ready),
    .out_row_o       (drain_row),
    .out_exp_o       (drain_exp),
    .out_live_o      (drain_live),
    .out_select_o    (drain_select),
    .out_last_o      (drain_last),
    .out_tag_o       (drain_tag),
    .sel_sum_valid_o (sel_sum_valid),
    .sel_sum_o       (sel_sum)
  );

  // With the last row taken the sum of the selection is known and the slot free.
  assign slot_done_o = drain_valid && drain_ready && drain_last;

  hg_skid_buffer #(
    .Width (RowW + Tokens * (ExpW + 2) + 1 + TagW)
  ) u_selected (
    .clk_i,
    .rst_ni,
    .in_valid_i  (drain_valid),
    .in_ready_o  (drain_ready),
    .in_data_i   ({drain_row, drain_exp, drain_live, drain_select, drain_last, drain_tag}),
    .out_valid_o (win_valid),
    .out_ready_i (win_ready),
    .out_data_o  ({win_row, win_exp, win_live, win_select, win_last, win_record, win_base})
  );

  logic                 prob_recip_valid, prob_recip_ready, out_recip_valid, out_recip_ready;
  logic [RecipW-1:0]    prob_recip, out_recip;
  logic [RecipExpW-1:0] prob_exponent, out_exponent;

  hg_attention_denominators #(
    .Records   (Records),
    .Divisions (Divisions)
  ) u_denominators (
    .clk_i,
    .rst_ni,
    .commit_i,
    .commit_sum_i,
    .commit_renorm_i (old_renorm_q),
    .slot_done_i     (slot_done_o),
    .sel_sum_valid_i (sel_sum_valid),
    .sel_sum_i       (sel_sum),
    .prob_valid_o    (prob_recip_valid),
    .prob_ready_i    (prob_recip_ready),
    .prob_recip_o    (prob_recip),
    .prob_exponent_o (prob_exponent),
    .out_valid_o     (out_recip_valid),
    .out_ready_i     (out_recip_ready),
    .out_recip_o     (out_recip),
    .out_exponent_o  (out_exponent)
  );

  // Values of the winners.
  logic                    value_last, pv_valid, pv_ready, pv_first, pv_last, pv_any, count_valid;
  logic [RecW-1:0]         value_record, count_record;
  logic [Tokens*AddrW-1:0] pv_addr;
  logic [ArrivalW-1:0]     pv_need;
  logic [Tokens*ProbW-1:0] pv_weight;
  logic [TokW-1:0]         count_selected;
  logic [15:0]             count_fetched;

  hg_attention_value_fetch #(
    .Tokens  (Tokens),
    .Rows    (MaxTokens / Tokens),
    .TokW    (TokW),
    .Records (Records),
    .Waiting (Outstanding),
    .AddrW   (AddrW),
    .Jobs    (Jobs),
    .Dsp     (Dsp)
  ) u_value_fetch (
    .clk_i,
    .rst_ni,
    .sel_valid_i      (win_valid),
    .sel_ready_o      (win_ready),
    .sel_row_i        (win_row),
    .sel_exp_i        (win_exp),
    .sel_live_i       (win_live),
    .sel_select_i     (win_select),
    .sel_last_i       (win_last),
    .sel_tag_i        (win_record),
    .sel_base_i       (win_base),
    .record_o         (value_record),
    .job_i            (value_job),
    .job_last_i       (value_last),
    .v_count_i        (v_count_q[value_job]),
    .free_i           (v_free_i),
    .recip_valid_i    (prob_recip_valid),
    .recip_ready_o    (prob_recip_ready),
    .recip_i          (prob_recip),
    .exponent_i       (prob_exponent),
    .ask_valid_o,
    .ask_ready_i,
    .ask_job_o,
    .ask_plane_o,
    .ask_row_o,
    .ask_addr_o,
    .ask_mask_o,
    .row_valid_o      (pv_valid),
    .row_ready_i      (pv_ready),
    .row_first_o      (pv_first),
    .row_last_o       (pv_last),
    .row_any_o        (pv_any),
    .row_job_o        (pv_job),
    .row_addr_o       (pv_addr),
    .row_need_o       (pv_need),
    .row_weight_o     (pv_weight),
    .prob_valid_o,
    .prob_ready_i,
    .prob_data_o,
    .prob_row_o,
    .prob_keep_o,
    .prob_last_o,
    .count_valid_o    (count_valid),
    .count_record_o   (count_record),
    .count_selected_o (count_selected),
    .count_fetched_o  (count_fetched)
  );

  logic                           v_rd, norm_valid, norm_ready;
  logic [1:0]                     v_rd_plane;
  logic [Tokens*AddrW-1:0]        v_rd_addr;
  logic [FoldW-1:0]               v_rd_fold;
  logic [Tokens*Slice*DigitW-1:0] v_digits;
  logic [DHead*16-1:0]            norm_data;

  hg_attention_buffer #(
    .Tokens (Tokens),
    .Planes (VPlanes),
    .Widths (VWidths),
    .AddrW  (AddrW),
    .DHead  (DHead),
    .Folds  (Folds),
    .InW    (InW),
    .DigitW (DigitW)
  ) u_v_buffer (
    .clk_i,
    .wr_en_i,
    .wr_plane_i,
    .wr_addr_i,
    .wr_mask_i,
    .wr_data_i,
    .rd_valid_i (v_rd),
    .rd_plane_i (v_rd_plane),
    .rd_addr_i  (v_rd_addr),
    .rd_fold_i  (v_rd_fold),
    .digits_o   (v_digits)
  );

  hg_attention_pv #(
    .Tokens    (Tokens),
    .MaxTokens (MaxTokens),
    .DHead     (DHead),
    .Folds     (Folds),
    .VPlanes   (VPlanes),
    .VWidths   (VWidths),
    .DigitW    (DigitW),
    .AddrW     (AddrW),
    .Dsp       (Dsp)
  ) u_pv (
    .clk_i,
    .rst_ni,
    .row_valid_i   (pv_valid),
    .row_ready_o   (pv_ready),
    .row_first_i   (pv_first),
    .row_last_i    (pv_last),
    .row_any_i     (pv_any),
    .row_addr_i    (pv_addr),
    .row_need_i    (pv_need),
    .row_weight_i  (pv_weight),
    .v_count_i     (v_count_q[pv_job]),
    .arrived_i     (v_arrived_i),
    .rd_valid_o    (v_rd),
    .rd_plane_o    (v_rd_plane),
    .rd_addr_o     (v_rd_addr),
    .rd_fold_o     (v_rd_fold),
    .rd_digits_i   (v_digits),
    .recip_valid_i (out_recip_valid),
    .recip_ready_o (out_recip_ready),
    .recip_i       (out_recip),
    .exponent_i    (out_exponent),
    .out_valid_o   (norm_valid),
    .out_ready_i   (norm_ready),
    .out_data_o    (norm_data)
  );

  assign pv_busy_o = v_rd;

  hg_attention_retire #(
    .Records (Records),
    .TokW    (TokW),
    .OutW    (DHead * 16),
    .Jobs    (Jobs)
  ) u_retire (
    .clk_i,
    .rst_ni,
    .now_i,
    .open_i           (leave_i),
    .open_record_o    (open_record),
    .open_job_i       (old_job_i),
    .open_last_i      (old_last_i),
    .open_error_i     (commit_error_i ? old_error_i : 3'd0),
    .open_stamp_i     (old_stamp_i),
    .open_fetched_i   (commit_fetched_i),
    .open_refined_i   (commit_refined_i),
    .open_rounds_i    (commit_rounds_i),
    .value_record_i   (value_record),
    .value_job_o      (value_job),
    .value_last_o     (value_last),
    .count_valid_i    (count_valid),
    .count_record_i   (count_record),
    .count_selected_i (count_selected),
    .count_fetched_i  (count_fetched),
    .old_job_o        (retire_job),
    .old_head_i       (head_q[retire_job]),
    .norm_valid_i     (norm_valid),
    .norm_ready_o     (norm_ready),
    .norm_data_i      (norm_data),
    .out_valid_o,
    .out_ready_i,
    .out_data_o,
    .out_head_o,
    .out_last_o,
    .stat_valid_o,
    .stat_ready_i,
    .stat_head_o,
    .stat_error_o,
    .stat_last_o,
    .stat_k_fetched_o,
    .stat_refined_o,
    .stat_selected_o,
    .stat_v_fetched_o,
    .stat_rounds_o,
    .stat_cycles_o,
    .record_done_o,
    .job_done_o
  );

  // Only the check looks at it.
  logic unused_checked;
  assign unused_checked = slot_free;

`ifndef SYNTHESIS
`ifndef YOSYS
  always @(posedge clk_i) begin
    if (in_valid && in_row == '0 && !slot_free) $error("%m: hg_select has no slot");
  end
`endif
`endif

endmodule

`default_nettype wire
