// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// One lane of hg_select_drain: whether its key is selected.
///
/// Keys before the threshold are; a key at the threshold is a tie, which is selected if the ties
/// of the rows before it and of the lanes before it leave room for it.
module hg_select_choice #(
  /// Cycles from the comparison with the threshold to that with the room.
  parameter int ChoiceC = 4,
  /// Cycles from the choice to the outputs: those in which the selected are summed.
  parameter int LastC = 3,
  /// Derived: bits of the rank of a key.
  localparam int RankW = hg_attention_pkg::RANK_W,
  /// Derived: bits of an exponential.
  localparam int ExpW = hg_attention_pkg::EXP_W,
  /// Derived: bits of an entry: live, exponential, rank.
  localparam int EntryW = hg_attention_pkg::ENTRY_W
) (
  input  logic              clk_i,
  // An entry, and the query's figures, `mass_i` a cycle behind it.
  input  logic              valid_i,
  input  logic [EntryW-1:0] entry_i,
  input  logic              all_i,
  input  logic              mass_i,
  input  logic [RankW-1:0]  key_i,
  // What it weighs as a tie, and whether there is no room for one.
  output logic [ExpW-1:0]   tie_o,
  input  logic              full_i,
  // Whether it is chosen and its exponential, and later the lane as it leaves.
  output logic              chosen_o,
  output logic [ExpW-1:0]   weight_o,
  output logic              live_o,
  output logic              select_o,
  output logic [ExpW-1:0]   exp_o
);

  logic             live, live_q, sure_q, tie_q;
  logic [ExpW-1:0]  weight, weight_q, chosen_weight, weight_q2;
  logic [RankW-1:0] own;
  logic             chosen_live, chosen_sure, chosen_tie, select_q, live_q2;

  assign live = valid_i && entry_i[EntryW-1];
  assign {weight, own} = entry_i[EntryW-2:0];

  always_ff @(posedge clk_i) begin
    live_q   <= live;
    weight_q <= weight;
    sure_q   <= live && (all_i || own < key_i);
    tie_q    <= live && !all_i && own == key_i;
  end
  assign tie_o = !tie_q ? '0 : mass_i ? weight_q : ExpW'(1);

  hg_delay #(
    .Width  (3 + ExpW),
    .Cycles (ChoiceC)
  ) u_chosen (
    .clk_i,
    .data_i ({live_q, sure_q, tie_q, weight_q}),
    .data_o ({chosen_live, chosen_sure, chosen_tie, chosen_weight})
  );
  always_ff @(posedge clk_i) begin
    select_q  <= chosen_sure || (chosen_tie && !full_i);
    live_q2   <= chosen_live;
    weight_q2 <= chosen_weight;
  end
  assign {chosen_o, weight_o} = {select_q, weight_q2};
  hg_delay #(
    .Width  (2 + ExpW),
    .Cycles (LastC)
  ) u_place (
    .clk_i,
    .data_i ({live_q2, select_q, weight_q2}),
    .data_o ({live_o, select_o, exp_o})
  );

endmodule

`default_nettype wire
