// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Tells for each lane whether the ties before it leave no room for another: those of the lanes
/// before it in its row, and of the rows before since `first_i`.
///
/// A row in each cycle; `tie_i` is the weight of a lane's tie, and 0 where there is none, also
/// between rows. `room_i` counts with the first row: a lane is full if the ties before it weigh
/// more. Latency $clog2(Rows) + segments(SumW + 1) cycles. Skewed (see hg_arith_pkg): the ties are
/// subtracted from the room, and what falls below 0 stays there.
module hg_select_ties #(
  /// Lanes, 1 and up.
  parameter int Rows = 1,
  /// Bits of a weight, 1 and up.
  parameter int InW = 25,
  /// Bits of the room; no sum of ties exceeds them.
  parameter int SumW = 38
) (
  input  logic                clk_i,
  input  logic                first_i,
  input  logic [SumW-1:0]     room_i,
  input  logic [Rows*InW-1:0] tie_i,
  output logic [Rows-1:0]     full_o
);

  localparam int W      = SumW + 1;
  localparam int Segs   = hg_arith_pkg::segments(W);
  localparam int SegW   = hg_arith_pkg::seg_width(W);
  localparam int Levels = $clog2(Rows);

  // Sums of each lane and those before it: at each level, lanes in the upper half of a block add
  // what the last lane of the lower half has.
  for (genvar l = 0; l <= Levels; l++) begin : gen_level
    logic [Rows*W-1:0] total;
    for (genvar t = 0; t < Rows; t++) begin : gen_lane
      if (l == 0) begin : gen_leaf
        hg_skew #(
          .Width (W)
        ) u_skew (
          .clk_i,
          .data_i (W'(tie_i[t*InW +: InW])),
          .data_o (total[t*W +: W])
        );
      end else if (((2 * t) >> l) % 2 == 1) begin : gen_add
        hg_add_skewed #(
          .Width (W)
        ) u_add (
          .clk_i,
          .a_i   (gen_level[l-1].total[t*W +: W]),
          .b_i   (gen_level[l-1].total[((t >> (l - 1)) * 2 ** (l - 1) - 1)*W +: W]),
          .sum_o (total[t*W +: W])
        );
      end else begin : gen_keep
        logic [W-1:0] sum_q;
        always_ff @(posedge clk_i) sum_q <= gen_level[l-1].total[t*W +: W];
        assign total[t*W +: W] = sum_q;
      end
    end
  end

  // The room that is left when a row begins, and whether a lane's ties exceed it.
  logic         first;
  logic [W-1:0] late, room;

  hg_delay #(
    .Width  (1 + W),
    .Cycles (Levels)
  ) u_late (
    .clk_i,
    .data_i ({first_i, W'(room_i)}),
    .data_o ({first, late})
  );
  hg_skew #(
    .Width (W)
  ) u_room (
    .clk_i,
    .data_i (late),
    .data_o (room)
  );

  for (genvar s = 0; s < Segs; s++) begin : gen_part
    localparam int Own = (s == Segs - 1) ? W - s * SegW : SegW;
    logic            head, borrow, borrow_q, unused_low;
    logic [Own-1:0]  base, left_q;
    logic [Own:0]    wide;
    logic [Rows-1:0] less, less_q;

    if (s == 0) begin : gen_first
      assign head   = first;
      assign borrow = 1'b0;
      assign less   = '0;
    end else begin : gen_next
      logic own_head_q;
      always_ff @(posedge clk_i) own_head_q <= gen_part[s-1].head;
      assign head   = own_head_q;
      assign borrow = gen_part[s-1].borrow_q;
      assign less   = gen_part[s-1].less_q;
    end

    assign base = head ? room[s*SegW +: Own] : left_q;
    // The borrow enters as a carry that is missing, at two equal bits below the lowest.
    assign {wide, unused_low} = {1'b0, base, !borrow}
        + {1'b1, ~gen_level[Levels].total[(Rows-1)*W + s*SegW +: Own], !borrow};
    always_ff @(posedge clk_i) {borrow_q, left_q} <= wide;

    for (genvar t = 0; t < Rows; t++) begin : gen_lane
      logic [Own-1:0] ahead, rest;
      logic           below, unused_rest;
      if (t == 0) begin : gen_none
        assign ahead = '0;
      end else begin : gen_some
        assign ahead = gen_level[Levels].total[(t-1)*W + s*SegW +: Own];
      end
      assign {below, rest, unused_rest} =
          {1'b0, base, !less[t]} + {1'b1, ~ahead, !less[t]};
      if (s == Segs - 1) begin : gen_sign
        logic unused_below;
        assign unused_below = below;
        always_ff @(posedge clk_i) less_q[t] <= rest[Own-1];
      end else begin : gen_borrow
        always_ff @(posedge clk_i) less_q[t] <= below;
      end
      logic unused_low_rest;
      assign unused_low_rest = ^rest;
    end

    if (s == Segs - 1) begin : gen_last
      logic unused_borrow;
      assign unused_borrow = borrow_q;
      assign full_o = less_q;
    end
  end

`ifdef HG_FORMAL
  // A sum of all ties, lane by lane, as many cycles later; it does not overflow. What induction
  // needs to know is what is left of the room, a segment a cycle later than the one below it.
  localparam int FormC = Levels + Segs;
  logic [SumW-1:0]        f_room_q, f_room;
  logic [W-1:0]           f_sum_q, f_sum;
  logic [Rows-1:0]        f_full;
  logic [FormC*Rows-1:0]  f_full_q;
  logic [FormC*W-1:0]     f_left_q;
  logic [FormC:0]         f_known_q;

  always_comb begin
    f_room = first_i ? room_i : f_room_q;
    f_sum  = first_i ? '0 : f_sum_q;
    for (int t = 0; t < Rows; t++) begin
      f_full[t] = f_sum > W'(f_room);
      f_sum     = f_sum + W'(tie_i[t*InW +: InW]);
    end
    assume (!f_sum[SumW]);
  end
  initial f_known_q = '0;
  always @(posedge clk_i) begin
    f_known_q <= (FormC + 1)'({f_known_q, first_i || f_known_q[0]});
    f_room_q  <= f_room;
    f_sum_q   <= f_sum;
    f_full_q  <= (FormC * Rows)'({f_full_q, f_full});
    f_left_q  <= (FormC * W)'({f_left_q, W'(f_room) - f_sum});
    if (f_known_q[FormC-1]) assert (full_o == f_full_q[(FormC-1)*Rows +: Rows]);
    cover (f_known_q[FormC-1] && full_o == Rows'(2));
  end
  for (genvar s = 0; s < Segs; s++) begin : gen_f_left
    localparam int Own = (s == Segs - 1) ? W - s * SegW : SegW;
    always @(posedge clk_i) begin
      if (f_known_q[Levels+s]) begin
        assert (gen_part[s].left_q == f_left_q[(Levels+s)*W + s*SegW +: Own]);
      end
    end
  end
`endif

endmodule

`default_nettype wire
