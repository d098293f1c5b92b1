// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Finds the bin in which a room is used up: the first whose sum exceeds what the bins before it
/// have left.
///
/// Bins are subtracted one after the other, one a cycle, until the room would fall below 0.
/// Skewed (see hg_arith_pkg): segment s of the bins and of the room is taken in the cycle of
/// `load_i[s]`, s cycles behind `load_i[0]`; the next may follow `Bins` cycles later. `done_o`
/// comes segments(SumW) + 1 + d cycles behind `load_i[0]`, if bin d is the one, and at most
/// segments(SumW) + Bins: then `bin_o` is that bin and `room_o` what is left for it. With 7 bins
/// the eighth is what remains, and it needs no sum; with 8 `found_o` tells whether one is found.
module hg_select_countdown #(
  /// Bins, 7 or 8.
  parameter int Bins = 7,
  /// Bits of a sum, 1 and up.
  parameter int SumW = 38,
  /// Derived: segments of a sum.
  localparam int Segs = hg_arith_pkg::segments(SumW)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic [Segs-1:0]      load_i,
  input  logic [Bins*SumW-1:0] sum_i,
  input  logic [SumW-1:0]      room_i,
  output logic                 done_o,
  output logic                 found_o,
  output logic [2:0]           bin_o,
  output logic [SumW-1:0]      room_o
);

  if (Bins < 7 || Bins > 8) begin : gen_illegal
    ERROR_hg_select_countdown_Bins_must_be_7_or_8 u_illegal ();
  end

  localparam int SegW = hg_arith_pkg::seg_width(SumW);

  // What is left after bin d, aligned with its sign, and before it.
  logic [SumW-1:0] after, before_q;
  logic            below;

  for (genvar s = 0; s < Segs; s++) begin : gen_seg
    localparam int Own = (s == Segs - 1) ? SumW - s * SegW : SegW;
    logic [Bins*Own-1:0] own_q, own;
    logic [Own-1:0]      room_q;
    logic [Own:0]        wide;
    logic                borrow, borrow_q, unused_low;

    for (genvar b = 0; b < Bins; b++) begin : gen_bin
      assign own[b*Own +: Own] = sum_i[b*SumW + s*SegW +: Own];
    end

    if (s == 0) begin : gen_first
      assign borrow = 1'b0;
    end else begin : gen_next
      assign borrow = gen_seg[s-1].borrow_q;
    end

    // The borrow enters as a carry that is missing, at two equal bits below the lowest.
    assign {wide, unused_low} = {1'b0, room_q, !borrow} + {1'b1, ~own_q[Own-1:0], !borrow};

    always_ff @(posedge clk_i) begin
      room_q   <= load_i[s] ? room_i[s*SegW +: Own] : wide[Own-1:0];
      borrow_q <= wide[Own];
      own_q    <= load_i[s] ? own : own_q >> Own;
    end

    hg_delay #(
      .Width  (Own),
      .Cycles (Segs - 1 - s)
    ) u_after (
      .clk_i,
      .data_i (room_q),
      .data_o (after[s*SegW +: Own])
    );
    if (s == Segs - 1) begin : gen_last
      assign below = borrow_q;
    end
  end

  // The first bin that exceeds what is left decides.
  logic       start, open_q, end_bin, found, over;
  logic [2:0] bin_q;

  hg_delay_valid #(
    .Cycles (Segs)
  ) u_start (
    .clk_i,
    .rst_ni,
    .valid_i (load_i[0]),
    .valid_o (start)
  );

  assign end_bin = bin_q == 3'(Bins - 1);
  assign found   = open_q && below;
  assign over    = open_q && end_bin && !below;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) open_q <= 1'b0;
    else open_q <= start || (open_q && !below && !end_bin);
  end
  always_ff @(posedge clk_i) begin
    bin_q  <= start ? 3'd0 : bin_q + 3'd1;
    before_q <= after;
  end

  assign done_o  = found || over;
  assign found_o = below || Bins == 7;
  assign bin_o   = (below || Bins == 8) ? bin_q : 3'd7;
  assign room_o  = (below || Bins == 8) ? before_q : after;

`ifdef HG_FORMAL
  // A search without segments, of one load that was picked at random.
  (* anyseq *) logic    f_pick;
  logic                 f_busy_q;
  logic [SumW-1:0]      f_room_q, f_room;
  logic [Bins*SumW-1:0] f_sum_q;
  logic [4:0]           f_age_q;
  logic [Segs-1:0]      f_load_q;
  logic                 f_found;
  logic [3:0]           f_bin;
  logic                 f_seen_q;

  always_comb begin
    f_room  = f_room_q;
    f_found = 1'b0;
    f_bin   = 4'(Bins);
    for (int b = 0; b < Bins; b++) begin
      if (!f_found) begin
        if (f_room < f_sum_q[b*SumW +: SumW]) begin
          f_found = 1'b1;
          f_bin   = 4'(b);
        end else begin
          f_room = f_room - f_sum_q[b*SumW +: SumW];
        end
      end
    end
  end

  initial begin
    f_seen_q = 1'b0;
    f_busy_q = 1'b0;
    f_load_q = '0;
    f_age_q  = 5'd31;
  end
  always_comb begin
    assume (rst_ni == f_seen_q);
    assume (load_i[0] == (f_seen_q && f_pick && 32'(f_age_q) >= Bins));
    for (int s = 1; s < Segs; s++) begin
      assume (load_i[s] == f_load_q[s-1]);
      // A load's words stand while its segments are taken.
      if (load_i[s]) assume (sum_i == f_sum_q && room_i == f_room_q);
    end
  end
  always @(posedge clk_i) begin
    f_seen_q <= 1'b1;
    f_load_q <= load_i;
    if (load_i[0]) f_age_q <= 5'd1;
    else if (f_age_q != 5'd31) f_age_q <= f_age_q + 5'd1;
    // Only a load whose search ends before the next comes is followed.
    if (load_i[0]) begin
      f_busy_q <= 1'b1;
      f_sum_q  <= sum_i;
      f_room_q <= room_i;
    end else if (done_o) begin
      f_busy_q <= 1'b0;
    end
    if (f_seen_q && f_busy_q && 32'(f_age_q) > Segs) begin
      assert (done_o == (32'(f_age_q) == Segs + 1 + 32'(f_bin)
                         || (32'(f_bin) == Bins && 32'(f_age_q) == Segs + Bins)));
      if (done_o && (f_found || Bins == 7)) begin
        assert (32'(bin_o) == 32'(f_bin) && room_o == f_room);
      end
      if (done_o) assert (found_o == (f_found || Bins == 7));
      cover (done_o && f_bin == 4'd6);
    end
  end
`endif

endmodule

`default_nettype wire
