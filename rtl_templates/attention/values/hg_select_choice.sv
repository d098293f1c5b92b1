// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// One lane of hg_select_drain: whether its key is selected.
///
/// Keys before the threshold are; a key at the threshold is a tie, which is selected if the ties
/// of the rows before it and of the lanes before it leave room for it.
module hg_select_choice #(
  /// Lanes, 1 and up.
  parameter int Rows = 1,
  /// Cycles from the comparison with the threshold to that with the room.
  parameter int ChoiceC = 6,
  /// Cycles from the choice to the outputs: those in which the selected are summed.
  parameter int LastC = 3,
  /// Derived: bits of the rank of a key.
  localparam int RankW = hg_attention_pkg::RANK_W,
  /// Derived: bits of an exponential.
  localparam int ExpW = hg_attention_pkg::EXP_W,
  /// Derived: bits of a sum of exponentials.
  localparam int ExpSumW = hg_attention_pkg::EXP_SUM_W,
  /// Derived: bits of an entry: live, exponential, rank.
  localparam int EntryW = hg_attention_pkg::ENTRY_W
) (
  input  logic                    clk_i,
  input  logic [EntryW-1:0]       entry_i,
  // The query's figures, `mass_i` a cycle behind the entry.
  input  logic                    all_i,
  input  logic                    mass_i,
  input  logic [RankW-1:0]        key_i,
  // What it weighs as a tie; the weights of the lanes before it, and of the rows before.
  output logic [ExpSumW-1:0]      tie_o,
  input  logic [Rows*ExpSumW-1:0] ahead_i,
  input  logic [ExpSumW-1:0]      tie_before_i,
  input  logic [ExpSumW-1:0]      room_i,
  // Its exponential if it is selected, and later the lane as it leaves.
  output logic [ExpSumW-1:0]      chosen_o,
  output logic                    live_o,
  output logic                    select_o,
  output logic [ExpW-1:0]         exp_o
);

  localparam int SumC = hg_arith_pkg::segments(ExpSumW);

  logic                    live, live_q, sure_q, tie_q;
  logic [ExpW-1:0]         weight, weight_q, tie_weight, chosen_weight;
  logic [RankW-1:0]        own;
  logic [ExpSumW-1:0]      ahead_sum, ahead_late, prior;
  logic                    chosen_live, chosen_sure, chosen_tie, full, select_q, live_q2;
  logic [ExpW-1:0]         weight_q2;

  assign {live, weight, own} = entry_i;

  always_ff @(posedge clk_i) begin
    live_q   <= live;
    weight_q <= weight;
    sure_q   <= live && (all_i || own < key_i);
    tie_q    <= live && !all_i && own == key_i;
  end
  assign tie_weight = mass_i ? weight_q : ExpW'(1);
  assign tie_o = tie_q ? ExpSumW'(tie_weight) : '0;

  hg_sum_tree #(
    .Inputs     (Rows),
    .InW        (ExpSumW),
    .FlatLevels ($clog2(Rows))
  ) u_ahead (
    .clk_i,
    .data_i (ahead_i),
    .sum_o  (ahead_sum)
  );
  hg_delay #(
    .Width  (ExpSumW),
    .Cycles (SumC)
  ) u_ahead_late (
    .clk_i,
    .data_i (ahead_sum),
    .data_o (ahead_late)
  );
  hg_sum_tree #(
    .Inputs     (2),
    .InW        (ExpSumW),
    .FlatLevels (1)
  ) u_prior (
    .clk_i,
    .data_i ({ahead_late, tie_before_i}),
    .sum_o  (prior)
  );
  hg_less #(
    .Width (ExpSumW)
  ) u_full (
    .clk_i,
    .a_i    (room_i),
    .b_i    (prior),
    .less_o (full)
  );
  hg_delay #(
    .Width  (3 + ExpW),
    .Cycles (ChoiceC)
  ) u_chosen (
    .clk_i,
    .data_i ({live_q, sure_q, tie_q, weight_q}),
    .data_o ({chosen_live, chosen_sure, chosen_tie, chosen_weight})
  );
  always_ff @(posedge clk_i) begin
    select_q  <= chosen_sure || (chosen_tie && !full);
    live_q2   <= chosen_live;
    weight_q2 <= chosen_weight;
  end
  assign chosen_o = select_q ? ExpSumW'(weight_q2) : '0;
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
