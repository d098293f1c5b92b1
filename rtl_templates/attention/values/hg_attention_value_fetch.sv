// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Fetches the values of the winners: from the rows of hg_select to weights and probabilities.
///
/// A row at a time, as it comes: its exponentials become a beat of probabilities, which needs the
/// reciprocal of the query's full sum, and weights (e + 128) >> 8; its winners whose values are not
/// held are noted as held. Winners then are gathered by lane (hg_attention_gather; with one key a
/// row there is nothing to gather, and the row goes on unless nothing of it is selected and it
/// neither begins nor ends a query), asked for, and sent to PV (hg_attention_value_ask).
///
/// The record of values held is a bit for each lane of each row of the V buffer. It needs no
/// clearing: the queries of a job go from row 0 on, so rows beyond the furthest reached so far hold
/// nothing. A row waits until the buffer has room for it, that is until old jobs have ended.
module hg_attention_value_fetch #(
  /// Keys a row, 1 and up.
  parameter int Tokens = 1,
  /// Rows of a job, 1 and up.
  parameter int Rows = 1024,
  /// Bits of a count of keys, 4 and up.
  parameter int TokW = 11,
  /// Records of results; a power of two, 2 and up.
  parameter int Records = 8,
  /// Rows that wait for PV, 4 and up.
  parameter int Waiting = 64,
  /// Bits of an address of the V buffer, 1 and up.
  parameter int AddrW = 11,
  /// Jobs in flight: a power of two, 4 to 64.
  parameter int Jobs = 8,
  /// 1 if products are made for multipliers of an FPGA: otherwise 0.
  parameter int Dsp = 0,
  /// Derived: bits of a job's place.
  localparam int JobW = hg_pkg::idx_width(Jobs),
  /// Derived: bits of a position: an address, and those of a job's place.
  localparam int PosW = AddrW + JobW,
  /// Derived: bits of a row's number.
  localparam int RowW = hg_pkg::idx_width(Rows),
  /// Derived: bits of a record's number.
  localparam int RecW = hg_pkg::idx_width(Records),
  /// Derived: bits of an exponential.
  localparam int ExpW = hg_attention_pkg::EXP_W,
  /// Derived: bits of a probability.
  localparam int ProbW = hg_attention_pkg::PROB_W,
  /// Derived: bits of a reciprocal's significand.
  localparam int RecipW = hg_attention_pkg::RECIP_W,
  /// Derived: bits of a reciprocal's exponent.
  localparam int RecipExpW = hg_attention_pkg::RECIP_EXP_W,
  /// Derived: bits of a count of arrivals.
  localparam int ArrivalW = hg_attention_pkg::ARRIVAL_W
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  // Rows of hg_select; the tag is the query's record, and the position of its job's row 0.
  input  logic                    sel_valid_i,
  output logic                    sel_ready_o,
  input  logic [RowW-1:0]         sel_row_i,
  input  logic [Tokens*ExpW-1:0]  sel_exp_i,
  input  logic [Tokens-1:0]       sel_live_i,
  input  logic [Tokens-1:0]       sel_select_i,
  input  logic                    sel_last_i,
  input  logic [RecW-1:0]         sel_tag_i,
  input  logic [PosW-1:0]         sel_base_i,
  // What the record says of the query at hand.
  output logic [RecW-1:0]         record_o,
  input  logic [JobW-1:0]         job_i,
  input  logic                    job_last_i,
  input  logic [1:0]              v_count_i,
  // The oldest position that is needed.
  input  logic [PosW-1:0]         free_i,
  // Reciprocal of the full sum, taken with a query's last row.
  input  logic                    recip_valid_i,
  output logic                    recip_ready_o,
  input  logic [RecipW-1:0]       recip_i,
  input  logic [RecipExpW-1:0]    exponent_i,
  output logic                    ask_valid_o,
  input  logic                    ask_ready_i,
  output logic [JobW-1:0]         ask_job_o,
  output logic [1:0]              ask_plane_o,
  output logic [Tokens*RowW-1:0]  ask_row_o,
  output logic [Tokens*AddrW-1:0] ask_addr_o,
  output logic [Tokens-1:0]       ask_mask_o,
  // Rows for PV, and the count of requests they wait for.
  output logic                    row_valid_o,
  input  logic                    row_ready_i,
  output logic                    row_first_o,
  output logic                    row_last_o,
  output logic                    row_any_o,
  output logic [JobW-1:0]         row_job_o,
  output logic [Tokens*AddrW-1:0] row_addr_o,
  output logic [ArrivalW-1:0]     row_need_o,
  output logic [Tokens*ProbW-1:0] row_weight_o,
  output logic                    prob_valid_o,
  input  logic                    prob_ready_i,
  output logic [Tokens*ProbW-1:0] prob_data_o,
  output logic [RowW-1:0]         prob_row_o,
  output logic [Tokens-1:0]       prob_keep_o,
  output logic                    prob_last_o,
  // Counts of a query, when its last row has left.
  output logic                    count_valid_o,
  output logic [RecW-1:0]         count_record_o,
  output logic [TokW-1:0]         count_selected_o,
  output logic [15:0]             count_fetched_o
);

  localparam int RowsW  = hg_pkg::cnt_width(Rows);
  // Rows of probabilities between here and the port: the length of hg_prob and some.
  localparam int Probs  = 21;
  localparam int ProbsW = hg_pkg::cnt_width(Probs);

  // A row enters as the record of what is held is read.
  logic                    look_q, leave, load, same, first, room_q, offer, taken, unused_ahead;
  logic [PosW-1:0]         pos, pos_q, next_q, ahead, ahead_base, ahead_next;
  logic [RowW-1:0]         row_q;
  logic [Tokens*ExpW-1:0]  exp_q;
  logic [Tokens*ProbW-1:0] weight;
  logic [Tokens-1:0]       live_q, select_q, missing, word;
  logic                    last_q, first_q, known_q;
  logic [RecW-1:0]         tag_q;
  logic [RowsW-1:0]        reached_q;
  logic [JobW-1:0]         job_q;
  logic [1:0]              v_count_q;
  logic                    job_last_q, probs_room_q;

  assign load        = sel_valid_i && (!look_q || leave) && !same;
  assign sel_ready_o = (!look_q || leave) && !same;
  // Of the row that is offered, so that what is known of its query stands in registers here.
  assign record_o    = sel_tag_i;
  // The same row of the next query would be read in the cycle of its write. (A row of another
  // job, with the same number, waits for nothing then, which is rare.)
  assign same        = look_q && row_q == sel_row_i;
  // Rows come in order, so that only the first needs its position from outside.
  assign first       = sel_row_i == '0;
  assign pos         = first ? sel_base_i : next_q;

  logic [Tokens-1:0] held;

  hg_ram_1r1w #(
    .Width        (Tokens),
    .DepthEntries (2 ** AddrW)
  ) u_held (
    .clk_i,
    .wr_en_i   (leave),
    .wr_addr_i (pos_q[AddrW-1:0]),
    .wr_data_i (word | select_q),
    .rd_en_i   (load),
    .rd_addr_i (pos[AddrW-1:0]),
    .rd_data_o (held)
  );

  assign word    = known_q ? held : '0;
  assign missing = select_q & ~word;

  // It leaves when what gathers or asks takes it, with room for its probabilities.
  logic [ProbsW-1:0] probs_q;
  logic              prob_out;

  assign ahead       = pos_q - free_i;
  assign ahead_base  = sel_base_i - free_i;
  assign ahead_next  = next_q - free_i;
  assign unused_ahead = ^{ahead[AddrW-1:0], ahead_base[AddrW-1:0], ahead_next[AddrW-1:0]};
  assign offer       = look_q && room_q && recip_valid_i && probs_room_q;
  assign leave       = offer && taken;

  assign recip_ready_o = leave && last_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      look_q       <= 1'b0;
      reached_q    <= '0;
      probs_q      <= '0;
      probs_room_q <= 1'b0;
    end else begin
      if (load) look_q <= 1'b1;
      else if (leave) look_q <= 1'b0;
      if (leave && last_q && job_last_q) reached_q <= '0;
      else if (leave && !known_q) reached_q <= RowsW'(row_q) + RowsW'(1);
      if (leave && !prob_out) probs_q <= probs_q + ProbsW'(1);
      else if (prob_out && !leave) probs_q <= probs_q - ProbsW'(1);
      // Of the cycle before, in which one may have left.
      probs_room_q <= probs_q < ProbsW'(Probs - 1);
    end
  end

  always_ff @(posedge clk_i) begin
    if (!load) room_q <= ahead[PosW-1:AddrW] == '0;
    else if (first) room_q <= ahead_base[PosW-1:AddrW] == '0;
    else room_q <= ahead_next[PosW-1:AddrW] == '0;
    if (load) begin
      row_q    <= sel_row_i;
      pos_q    <= pos;
      next_q   <= first ? sel_base_i + PosW'(1) : next_q + PosW'(1);
      // The row before may be leaving: it does not reach this one, but may end the job.
      known_q  <= RowsW'(sel_row_i) < reached_q && !(leave && last_q && job_last_q);
      job_q      <= job_i;
      job_last_q <= job_last_i;
      v_count_q  <= v_count_i;
      exp_q    <= sel_exp_i;
      live_q   <= sel_live_i;
      select_q <= sel_select_i;
      last_q   <= sel_last_i;
      first_q  <= sel_row_i == '0;
      tag_q    <= sel_tag_i;
    end
  end

  // Rounded as the row enters, so that an addition and the way into the queue are not one path.
  for (genvar t = 0; t < Tokens; t++) begin : gen_weight
    logic [ProbW-1:0] weight_q;
    always_ff @(posedge clk_i) begin
      if (load) begin
        weight_q <= sel_exp_i[t*ExpW+8 +: ProbW] + ProbW'(sel_exp_i[t*ExpW+7]);
      end
    end
    assign weight[t*ProbW +: ProbW] = select_q[t] ? weight_q : '0;
  end

  // Rows that ask: as they come, or gathered.
  logic                    go_valid, go_ready, go_keep, go_first, go_last, go_any;
  logic [JobW-1:0]         go_job;
  logic [1:0]              go_v_count;
  logic [Tokens*RowW-1:0]  go_row;
  logic [Tokens*AddrW-1:0] go_addr;
  logic [Tokens-1:0]       go_missing;
  logic [Tokens*ProbW-1:0] go_weight;

  if (Tokens == 1) begin : gen_direct
    assign go_valid   = offer;
    assign taken      = go_ready;
    assign go_any     = select_q != '0;
    assign go_keep    = go_any || first_q || last_q;
    assign go_first   = first_q;
    assign go_last    = last_q;
    assign go_job     = job_q;
    assign go_v_count = v_count_q;
    assign go_row     = row_q;
    assign go_addr    = pos_q[AddrW-1:0];
    assign go_missing = missing;
    assign go_weight  = weight;
  end else begin : gen_gather
    hg_attention_gather #(
      .Tokens (Tokens),
      .Rows   (Rows),
      .AddrW  (AddrW),
      .JobW   (JobW)
    ) u_gather (
      .clk_i,
      .rst_ni,
      .in_valid_i    (offer),
      .in_ready_o    (taken),
      .in_first_i    (first_q),
      .in_last_i     (last_q),
      .in_job_i      (job_q),
      .in_v_count_i  (v_count_q),
      .in_row_i      (row_q),
      .in_addr_i     (pos_q[AddrW-1:0]),
      .in_select_i   (select_q),
      .in_missing_i  (missing),
      .in_weight_i   (weight),
      .out_valid_o   (go_valid),
      .out_ready_i   (go_ready),
      .out_first_o   (go_first),
      .out_last_o    (go_last),
      .out_any_o     (go_any),
      .out_job_o     (go_job),
      .out_v_count_o (go_v_count),
      .out_row_o     (go_row),
      .out_addr_o    (go_addr),
      .out_missing_o (go_missing),
      .out_weight_o  (go_weight)
    );
    assign go_keep = 1'b1;
  end

  hg_attention_value_ask #(
    .Tokens  (Tokens),
    .RowW    (RowW),
    .Waiting (Waiting),
    .AddrW   (AddrW),
    .JobW    (JobW)
  ) u_ask (
    .clk_i,
    .rst_ni,
    .in_valid_i   (go_valid),
    .in_ready_o   (go_ready),
    .in_keep_i    (go_keep),
    .in_first_i   (go_first),
    .in_last_i    (go_last),
    .in_any_i     (go_any),
    .in_job_i     (go_job),
    .in_v_count_i (go_v_count),
    .in_row_i     (go_row),
    .in_addr_i    (go_addr),
    .in_missing_i (go_missing),
    .in_weight_i  (go_weight),
    .ask_valid_o,
    .ask_ready_i,
    .ask_job_o,
    .ask_plane_o,
    .ask_row_o,
    .ask_addr_o,
    .ask_mask_o,
    .row_valid_o,
    .row_ready_i,
    .row_first_o,
    .row_last_o,
    .row_any_o,
    .row_job_o,
    .row_addr_o,
    .row_need_o,
    .row_weight_o
  );

  hg_attention_probabilities #(
    .Tokens       (Tokens),
    .RowW         (RowW),
    .DepthEntries (Probs),
    .Dsp          (Dsp)
  ) u_probabilities (
    .clk_i,
    .rst_ni,
    .row_valid_i  (leave),
    .row_last_i   (last_q),
    .row_i        (row_q),
    .row_live_i   (live_q),
    .row_exp_i    (exp_q),
    .recip_i,
    .exponent_i,
    .prob_valid_o,
    .prob_ready_i,
    .prob_data_o,
    .prob_row_o,
    .prob_keep_o,
    .prob_last_o
  );

  assign prob_out = prob_valid_o && prob_ready_i;

  hg_attention_value_counts #(
    .Tokens (Tokens),
    .TokW   (TokW),
    .RecW   (RecW)
  ) u_counts (
    .clk_i,
    .rst_ni,
    .leave_i    (leave),
    .first_i    (first_q),
    .last_i     (last_q),
    .tag_i      (tag_q),
    .select_i   (select_q),
    .missing_i  (missing),
    .v_count_i  (v_count_q),
    .valid_o    (count_valid_o),
    .record_o   (count_record_o),
    .selected_o (count_selected_o),
    .fetched_o  (count_fetched_o)
  );

endmodule

`default_nettype wire
