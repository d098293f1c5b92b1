// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none

/// Walk over the rows that hg_select gives back: asks for values, forms weights and probabilities.
///
/// A row at a time, as it comes: its selected keys whose values are not held are asked for (planes
/// inner) and noted as held; then the row goes on to PV with its weights (e + 128) >> 8, or is
/// dropped if nothing of it is selected and it neither begins nor ends a query. Beside that its
/// exponentials become a beat of probabilities, which needs the reciprocal of the query's full sum.
///
/// The record of values held is a bit a lane for both jobs. It needs no clearing: the queries of a
/// job walk from row 0 on, so rows beyond the furthest walked so far hold nothing. A job may
/// begin when the job before the last has ended and left its half of the V buffer.
module hg_attention_walk #(
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
  /// Derived: bits of a row's number.
  localparam int RowW = hg_pkg::idx_width(Rows),
  /// Derived: bits of a record's number.
  localparam int RecW = hg_pkg::idx_width(Records)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  // Rows of hg_select; the tag is the query's record.
  input  logic                 sel_valid_i,
  output logic                 sel_ready_o,
  input  logic [RowW-1:0]      sel_row_i,
  input  logic [Tokens*25-1:0] sel_exp_i,
  input  logic [Tokens-1:0]    sel_live_i,
  input  logic [Tokens-1:0]    sel_select_i,
  input  logic                 sel_last_i,
  input  logic [RecW-1:0]      sel_tag_i,
  // What the record says of the query at hand.
  output logic [RecW-1:0]      record_o,
  input  logic [1:0]           job_i,
  input  logic                 job_last_i,
  input  logic [1:0]           v_count_i,
  input  logic [1:0]           done_i,
  // Reciprocal of the full sum, taken with a query's last row.
  input  logic                 recip_valid_i,
  output logic                 recip_ready_o,
  input  logic [20:0]          recip_i,
  input  logic [5:0]           exponent_i,
  output logic                 ask_valid_o,
  input  logic                 ask_ready_i,
  output logic [1:0]           ask_job_o,
  output logic [1:0]           ask_plane_o,
  output logic [RowW-1:0]      ask_row_o,
  output logic [Tokens-1:0]    ask_mask_o,
  // Rows for PV, and the count of requests they wait for.
  output logic                 row_valid_o,
  input  logic                 row_ready_i,
  output logic                 row_first_o,
  output logic                 row_last_o,
  output logic                 row_any_o,
  output logic [1:0]           row_job_o,
  output logic [RowW-1:0]      row_row_o,
  output logic [11:0]          row_need_o,
  output logic [Tokens*17-1:0] row_weight_o,
  output logic                 prob_valid_o,
  input  logic                 prob_ready_i,
  output logic [Tokens*17-1:0] prob_data_o,
  output logic [RowW-1:0]      prob_row_o,
  output logic [Tokens-1:0]    prob_keep_o,
  output logic                 prob_last_o,
  // Counts of a query, when its last row has left.
  output logic                 count_valid_o,
  output logic [RecW-1:0]      count_record_o,
  output logic [TokW-1:0]      count_selected_o,
  output logic [15:0]          count_fetched_o
);

  localparam int RowsW  = hg_pkg::cnt_width(Rows);
  localparam int CountW = hg_pkg::cnt_width(Tokens);
  // Rows of probabilities between here and the port: the length of hg_prob and some.
  localparam int Probs  = 20;
  localparam int ProbsW = hg_pkg::cnt_width(Probs);

  // A row enters as the record of what is held is read.
  logic                 look_q, leave, load, same, may_begin, ready_all;
  logic                 unused_ahead;
  logic [RowW-1:0]      row_q;
  logic [Tokens*25-1:0] exp_q;
  logic [Tokens*17-1:0] weight_q;
  logic [Tokens-1:0]    live_q, select_q, missing, word;
  logic                 last_q, first_q, missing_any, asks_end, known, keep_row;
  logic [RecW-1:0]      tag_q;
  logic [1:0]           plane_q, ahead;
  logic [RowsW-1:0]     walked_q;
  logic [11:0]          asked_q;

  assign load        = sel_valid_i && (!look_q || leave) && !same;
  assign sel_ready_o = (!look_q || leave) && !same;
  assign record_o    = tag_q;
  // The same row of the next query would be read in the cycle of its write.
  assign same        = look_q && row_q == sel_row_i;

  // The half of the entering row's job may not be known yet, so both are kept in one word.
  logic [2*Tokens-1:0] words, words_d;

  hg_ram_1r1w #(
    .Width        (2 * Tokens),
    .DepthEntries (Rows)
  ) u_held (
    .clk_i,
    .wr_en_i   (leave),
    .wr_addr_i (row_q),
    .wr_data_i (words_d),
    .rd_en_i   (load),
    .rd_addr_i (sel_row_i),
    .rd_data_o (words)
  );

  assign known   = RowsW'(row_q) < walked_q;
  assign word    = known ? (job_i[0] ? words[Tokens +: Tokens] : words[0 +: Tokens]) : '0;
  assign missing = select_q & ~word;
  assign words_d = job_i[0] ? {word | select_q, words[0 +: Tokens]}
                            : {words[Tokens +: Tokens], word | select_q};

  // It leaves when its last request is granted, with room for its weights and probabilities.
  logic              wait_ready;
  logic [ProbsW-1:0] probs_q;
  logic              prob_out;

  assign missing_any = missing != '0;
  assign ahead       = job_i - done_i;
  assign may_begin   = !ahead[1];
  assign unused_ahead = ahead[0];
  assign ready_all   = look_q && may_begin && recip_valid_i && wait_ready
                       && probs_q != ProbsW'(Probs);
  assign asks_end    = plane_q + 2'd1 == v_count_i;
  assign ask_valid_o = ready_all && missing_any;
  assign leave       = ready_all && (!missing_any || (ask_ready_i && asks_end));
  assign ask_job_o   = job_i;
  assign ask_plane_o = plane_q;
  assign ask_row_o   = row_q;
  assign ask_mask_o  = missing;

  assign recip_ready_o = leave && last_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      look_q   <= 1'b0;
      plane_q  <= '0;
      asked_q  <= '0;
      walked_q <= '0;
      probs_q  <= '0;
    end else begin
      if (load) look_q <= 1'b1;
      else if (leave) look_q <= 1'b0;
      if (leave) plane_q <= '0;
      else if (ask_valid_o && ask_ready_i) plane_q <= plane_q + 2'd1;
      asked_q <= asked_q + 12'(ask_valid_o && ask_ready_i);
      if (leave && last_q && job_last_i) walked_q <= '0;
      else if (leave && !known) walked_q <= RowsW'(row_q) + RowsW'(1);
      probs_q <= probs_q + ProbsW'(leave) - ProbsW'(prob_out);
    end
  end

  always_ff @(posedge clk_i) begin
    if (load) begin
      row_q    <= sel_row_i;
      exp_q    <= sel_exp_i;
      live_q   <= sel_live_i;
      select_q <= sel_select_i;
      last_q   <= sel_last_i;
      first_q  <= sel_row_i == '0;
      tag_q    <= sel_tag_i;
    end
  end

  for (genvar t = 0; t < Tokens; t++) begin : gen_weight
    always_ff @(posedge clk_i) begin
      if (load) begin
        weight_q[t*17 +: 17] <= sel_select_i[t]
            ? sel_exp_i[t*25+8 +: 17] + 17'(sel_exp_i[t*25+7]) : '0;
      end
    end
  end

  // To PV.
  logic row_any;
  assign row_any  = select_q != '0;
  assign keep_row = row_any || first_q || last_q;

  hg_ram_fifo #(
    .Width        (3 + 2 + RowW + 12 + Tokens * 17),
    .DepthEntries (Waiting)
  ) u_wait (
    .clk_i,
    .rst_ni,
    .in_valid_i  (leave && keep_row),
    .in_ready_o  (wait_ready),
    .in_data_i   ({first_q, last_q, row_any, job_i, row_q, asked_q + 12'(missing_any), weight_q}),
    .out_valid_o (row_valid_o),
    .out_ready_i (row_ready_i),
    .out_data_o  ({row_first_o, row_last_o, row_any_o, row_job_o, row_row_o, row_need_o,
                   row_weight_o})
  );

  // Probabilities.
  logic                 mul_valid, mul_last, unused_ready;
  logic [RowW-1:0]      mul_row;
  logic [Tokens-1:0]    mul_keep;
  logic [Tokens*17-1:0] mul_prob;
  logic [ProbsW-1:0]    unused_used;

  hg_prob #(
    .Rows (Tokens),
    .TagW (1 + RowW + Tokens)
  ) u_prob (
    .clk_i,
    .rst_ni,
    .valid_i    (leave),
    .tag_i      ({last_q, row_q, live_q}),
    .exp_i      (exp_q),
    .recip_i,
    .exponent_i,
    .valid_o    (mul_valid),
    .tag_o      ({mul_last, mul_row, mul_keep}),
    .prob_o     (mul_prob)
  );

  hg_fifo #(
    .Width        (1 + RowW + Tokens + Tokens * 17),
    .DepthEntries (Probs)
  ) u_probs (
    .clk_i,
    .rst_ni,
    .in_valid_i  (mul_valid),
    .in_ready_o  (unused_ready),
    .in_data_i   ({mul_last, mul_row, mul_keep, mul_prob}),
    .out_valid_o (prob_valid_o),
    .out_ready_i (prob_ready_i),
    .out_data_o  ({prob_last_o, prob_row_o, prob_keep_o, prob_data_o}),
    .used_o      (unused_used)
  );

  assign prob_out = prob_valid_o && prob_ready_i;

  // Counts, a cycle behind the row that leaves.
  logic              more_q, end_q, first_more_q;
  logic [RecW-1:0]   end_tag_q;
  logic [CountW-1:0] selected_more_q, fetched_more_q;
  logic [1:0]        v_count_q;
  logic [TokW-1:0]   selected_q, selected_d;
  logic [15:0]       fetched_q, fetched_d, fetched_more;

  always_comb begin
    fetched_more = 16'(fetched_more_q);
    if (v_count_q == 2'd2) fetched_more = 16'(fetched_more_q) << 1;
    if (v_count_q == 2'd3) fetched_more = 16'(fetched_more_q) + (16'(fetched_more_q) << 1);
    selected_d = (first_more_q ? '0 : selected_q) + TokW'(selected_more_q);
    fetched_d  = (first_more_q ? '0 : fetched_q) + fetched_more;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      more_q <= 1'b0;
      end_q  <= 1'b0;
    end else begin
      more_q <= leave;
      end_q  <= leave && last_q;
    end
  end

  always_ff @(posedge clk_i) begin
    selected_more_q <= CountW'($countones(select_q));
    fetched_more_q  <= CountW'($countones(missing));
    first_more_q    <= first_q;
    v_count_q       <= v_count_i;
    end_tag_q       <= tag_q;
    if (more_q) begin
      selected_q <= selected_d;
      fetched_q  <= fetched_d;
    end
  end

  assign count_valid_o    = end_q;
  assign count_record_o   = end_tag_q;
  assign count_selected_o = selected_d;
  assign count_fetched_o  = fetched_d;

endmodule

`default_nettype wire
