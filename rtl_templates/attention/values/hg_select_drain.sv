// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Streams the rows of a query out, each token marked as selected or not, with the sum of the
/// exponentials that have been selected so far.
///
/// Selected: live and (`all_i`, or key < `key_i`, or key = `key_i` and the tokens before it with
/// that key weigh no more than `room_i`). The query's figures stand with `valid_i` until `pop_o`,
/// which comes with its last read. Rows come two cycles after `row_en_o`. A row a cycle; reads are
/// granted by places in the buffer at the output, so that nothing inside ever stalls.
module hg_select_drain #(
  /// Lanes (T), 1 and up.
  parameter int Rows = 1,
  /// Bits of a row's index.
  parameter int RowW = 10,
  /// Bits of the tag, 1 and up.
  parameter int TagW = 8,
  /// Derived: bits of the rank of a key.
  localparam int RankW = hg_attention_pkg::RANK_W,
  /// Derived: bits of an exponential.
  localparam int ExpW = hg_attention_pkg::EXP_W,
  /// Derived: bits of a sum of exponentials.
  localparam int ExpSumW = hg_attention_pkg::EXP_SUM_W,
  /// Derived: bits of an entry: live, exponential, rank.
  localparam int EntryW = hg_attention_pkg::ENTRY_W
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   valid_i,
  input  logic                   all_i,
  input  logic                   mass_i,
  input  logic [RankW-1:0]       key_i,
  input  logic [ExpSumW-1:0]     room_i,
  input  logic [RowW-1:0]        last_row_i,
  input  logic [TagW-1:0]        tag_i,
  output logic                   pop_o,
  output logic                   row_en_o,
  output logic [RowW-1:0]        row_o,
  input  logic [Rows*EntryW-1:0] row_data_i,
  output logic                   out_valid_o,
  input  logic                   out_ready_i,
  output logic [RowW-1:0]        out_row_o,
  output logic [Rows*ExpW-1:0]   out_exp_o,
  output logic [Rows-1:0]        out_live_o,
  output logic [Rows-1:0]        out_select_o,
  output logic                   out_last_o,
  output logic [TagW-1:0]        out_tag_o,
  output logic [ExpSumW-1:0]     out_sum_o
);

  localparam int Places = 64;
  localparam int PlaceW = 6;
  localparam int Levels = $clog2(Rows);
  localparam int SumC   = hg_arith_pkg::segments(ExpSumW);
  // From the comparison with the threshold to that with the room, and on to the running sum.
  localparam int FullC  = Levels + hg_arith_pkg::segments(ExpSumW + 1);
  localparam int LastC  = Levels + SumC;
  localparam int WordW   = ExpSumW + TagW + RowW + 1 + Rows * (ExpW + 2);

  // Reads, as long as a place is left for what they bring.
  logic [PlaceW:0] left_q;
  logic [RowW-1:0] row_q;
  logic            take, last, first;

  assign row_en_o = valid_i && left_q != '0;
  assign row_o    = row_q;
  assign last     = row_q == last_row_i;
  assign first    = row_q == '0;
  assign pop_o    = row_en_o && last;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      row_q  <= '0;
      left_q <= (PlaceW + 1)'(Places);
    end else begin
      if (row_en_o) row_q <= last ? '0 : row_q + RowW'(1);
      if (row_en_o && !take) left_q <= left_q - (PlaceW + 1)'(1);
      else if (take && !row_en_o) left_q <= left_q + (PlaceW + 1)'(1);
    end
  end

  // What goes along with a row.
  logic                  data_valid, data_first, all, mass, tie_first_q, mass_q;
  logic [RankW-1:0]      key;
  logic [ExpSumW-1:0]    room, room_q, sum, skewed;
  logic                  choice_first, place_valid, place_last;
  logic [TagW-1:0]       place_tag;
  logic [RowW-1:0]       place_row;
  logic [Rows*ExpW-1:0]  tie, weight;
  logic [Rows-1:0]       full, chosen;
  logic [SumC-1:0]       unused_load;

  hg_delay_valid #(
    .Cycles (2)
  ) u_data_valid (
    .clk_i,
    .rst_ni,
    .valid_i (row_en_o),
    .valid_o (data_valid)
  );
  hg_delay #(
    .Width  (3 + RankW + ExpSumW),
    .Cycles (2)
  ) u_data (
    .clk_i,
    .data_i ({first, all_i, mass_i, key_i, room_i}),
    .data_o ({data_first, all, mass, key, room})
  );
  always_ff @(posedge clk_i) begin
    {tie_first_q, mass_q, room_q} <= {data_valid && data_first, mass, room};
  end

  // Ties: weights of the row's tokens that equal the threshold.
  hg_select_ties #(
    .Rows (Rows),
    .InW  (ExpW),
    .SumW (ExpSumW)
  ) u_ties (
    .clk_i,
    .first_i (tie_first_q),
    .room_i  (room_q),
    .tie_i   (tie),
    .full_o  (full)
  );

  logic [Rows-1:0]      place_live, place_select;
  logic [Rows*ExpW-1:0] place_exp;

  for (genvar t = 0; t < Rows; t++) begin : gen_lane
    hg_select_choice #(
      .ChoiceC (FullC),
      .LastC   (LastC)
    ) u_choice (
      .clk_i,
      .valid_i  (data_valid),
      .entry_i  (row_data_i[t*EntryW +: EntryW]),
      .all_i    (all),
      .mass_i   (mass_q),
      .key_i    (key),
      .tie_o    (tie[t*ExpW +: ExpW]),
      .full_i   (full[t]),
      .chosen_o (chosen[t]),
      .weight_o (weight[t*ExpW +: ExpW]),
      .live_o   (place_live[t]),
      .select_o (place_select[t]),
      .exp_o    (place_exp[t*ExpW +: ExpW])
    );
  end

  // The sum of the selected so far.
  hg_delay #(
    .Width  (1),
    .Cycles (FullC + 1)
  ) u_choice_first (
    .clk_i,
    .data_i (tie_first_q),
    .data_o (choice_first)
  );
  hg_select_sums #(
    .Rows (Rows),
    .Bins (1),
    .InW  (ExpW),
    .SumW (ExpSumW)
  ) u_sum (
    .clk_i,
    .rst_ni,
    .first_i  (choice_first),
    .last_i   (1'b0),
    .hit_i    (chosen),
    .weight_i (weight),
    .load_o   (unused_load),
    .sum_o    (skewed)
  );
  hg_skew #(
    .Width (ExpSumW),
    .Back  (1)
  ) u_even (
    .clk_i,
    .data_i (skewed),
    .data_o (sum)
  );
  hg_delay_valid #(
    .Cycles (FullC + 2 + LastC)
  ) u_place_valid (
    .clk_i,
    .rst_ni,
    .valid_i (data_valid),
    .valid_o (place_valid)
  );
  hg_delay #(
    .Width  (TagW + RowW + 1),
    .Cycles (4 + FullC + LastC)
  ) u_place (
    .clk_i,
    .data_i ({tag_i, row_q, last}),
    .data_o ({place_tag, place_row, place_last})
  );

  hg_select_buffer #(
    .Width  (WordW),
    .PlaceW (PlaceW)
  ) u_buffer (
    .clk_i,
    .rst_ni,
    .in_valid_i  (place_valid),
    .in_data_i   ({sum, place_tag, place_row, place_last, place_live, place_select, place_exp}),
    .take_o      (take),
    .out_valid_o,
    .out_ready_i,
    .out_data_o  ({out_sum_o, out_tag_o, out_row_o, out_last_o, out_live_o, out_select_o,
                   out_exp_o})
  );

endmodule

`default_nettype wire
