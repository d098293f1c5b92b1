// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Cuts ranges of bytes into AXI bursts of whole beats.
///
/// Each burst is as long as it can be: it ends with the range, with a page of 4096 bytes or with
/// `Burst` beats, so that no burst crosses a page by construction. Every beat holds a byte of the
/// range. A burst leaves per cycle, also from one range to the next; the first one of a range
/// leaves in the third cycle after the range came. The range must not go beyond 2^64.
module hg_axi_burst #(
  /// Bits of a beat: a power of two, 16 to 1024.
  parameter int DataW = 64,
  /// Most beats of a burst: 1 to 256.
  parameter int Burst = 16,
  /// Bits of the bytes of a range less one: 8 to 31.
  parameter int BytesW = 20
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic              in_valid_i,
  output logic              in_ready_o,
  input  logic [63:0]       in_addr_i,
  input  logic [BytesW-1:0] in_bytes_m1_i,
  input  logic              in_last_i,
  output logic              out_valid_o,
  input  logic              out_ready_i,
  output logic [63:0]       out_addr_o,
  output logic [7:0]        out_len_o,
  output logic              out_last_o
);

  if (DataW < 16 || DataW > 1024 || 2 ** $clog2(DataW) != DataW) begin : gen_illegal_width
    ERROR_hg_axi_burst_DataW_must_be_a_power_of_two_from_16_to_1024 u_illegal ();
  end
  if (Burst < 1 || Burst > 256 || BytesW < 8 || BytesW > 31) begin : gen_illegal
    ERROR_hg_axi_burst_Burst_must_be_1_to_256_and_BytesW_8_to_31 u_illegal ();
  end

  // Bits of the place of a byte in a beat, beats of a page, bits of the beats of a range.
  localparam int Shift   = hg_pkg::idx_width(DataW / 8);
  localparam int InPage  = 4096 / (DataW / 8);
  localparam int InPageW = hg_pkg::idx_width(InPage);
  localparam int BeatsW  = BytesW + 1;
  // What a burst that begins a page can have at most.
  localparam int Most = (Burst < InPage) ? Burst : InPage;

  // Beats less one from a place of a page on, at most `Most`.
  function automatic logic [7:0] limit(input logic [InPageW-1:0] from);
    // The beats of a page are a power of two: what is left of it is the complement.
    limit = (32'(from) + 32'(Most) > 32'(InPage)) ? 8'(InPage - 1) ^ 8'(from) : 8'(Most - 1);
  endfunction

  // A range as it came, its beats counted.
  logic              range_valid_q, range_last_q, range_ready;
  logic [63:Shift]   range_addr_q;
  logic [BeatsW-1:0] range_left_q, reach, beats_m1;

  assign in_ready_o = !range_valid_q || range_ready;

  assign reach    = BeatsW'(in_addr_i[Shift-1:0]) + BeatsW'(in_bytes_m1_i);
  assign beats_m1 = BeatsW'(reach[BeatsW-1:Shift]);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) range_valid_q <= 1'b0;
    else if (in_ready_o) range_valid_q <= in_valid_i;
  end

  always_ff @(posedge clk_i) begin
    if (in_ready_o) begin
      range_addr_q <= in_addr_i[63:Shift];
      range_left_q <= beats_m1;
      range_last_q <= in_last_i;
    end
  end

  // What is left of the range that is being cut.
  logic               cut_valid_q, cut_last_q, cut_ready, ends;
  logic [63:12]       page_q;
  logic [InPageW-1:0] place_q, place;
  logic [InPageW:0]   behind;
  logic [BeatsW-1:0]  left_q;
  logic [7:0]         limit_q, len;

  logic        out_valid_q, out_last_q;
  logic [63:0] out_addr_q;
  logic [7:0]  out_len_q;

  assign cut_ready   = !out_valid_q || out_ready_i;
  assign ends        = left_q <= BeatsW'(limit_q);
  assign range_ready = !cut_valid_q || (cut_ready && ends);
  assign len         = ends ? left_q[7:0] : limit_q;
  assign behind      = {1'b0, place_q} + (InPageW + 1)'(limit_q) + (InPageW + 1)'(1);
  assign place       = behind[InPageW-1:0];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) cut_valid_q <= 1'b0;
    else if (range_ready) cut_valid_q <= range_valid_q;
  end

  always_ff @(posedge clk_i) begin
    if (range_ready) begin
      page_q     <= range_addr_q[63:12];
      place_q    <= range_addr_q[11:Shift];
      left_q     <= range_left_q;
      limit_q    <= limit(range_addr_q[11:Shift]);
      cut_last_q <= range_last_q;
    end else if (cut_ready) begin
      if (behind[InPageW]) page_q <= page_q + 52'd1;
      place_q <= place;
      left_q  <= left_q - BeatsW'(limit_q) - BeatsW'(1);
      limit_q <= limit(place);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) out_valid_q <= 1'b0;
    else if (cut_ready) out_valid_q <= cut_valid_q;
  end

  always_ff @(posedge clk_i) begin
    if (cut_ready) begin
      out_addr_q <= {page_q, place_q, {Shift{1'b0}}};
      out_len_q  <= len;
      out_last_q <= cut_last_q && ends;
    end
  end

  logic unused_reach;
  assign unused_reach = &reach[Shift-1:0];

  assign out_valid_o = out_valid_q;
  assign out_addr_o  = out_addr_q;
  assign out_len_o   = out_len_q;
  assign out_last_o  = out_last_q;

`ifdef HG_FORMAL
  // The last beat of each range goes along with it. Beats are counted by their addresses.
  localparam int BeatW = 64 - Shift;
  logic             f_seen_q, f_stalled_q, f_mid_q;
  logic [BeatW-1:0] f_range_end_q, f_cut_end_q, f_out_end_q, f_behind_q;
  logic [63:0]      f_addr_q;
  logic [7:0]       f_len_q;
  logic             f_last_q;
  wire [BeatW-1:0]  f_cut   = {page_q, place_q};
  wire [BeatW-1:0]  f_out   = out_addr_q[63:Shift];
  wire [BeatW:0]    f_reach = {1'b0, in_addr_i[63:Shift]} + (BeatW + 1)'(beats_m1);
  wire              f_final = f_out + BeatW'(out_len_q) == f_out_end_q;
  wire              f_taken = out_valid_o && out_ready_i;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    // No range goes beyond the address space.
    if (in_valid_i) assume (!f_reach[BeatW]);
  end

  always @(posedge clk_i) begin
    if (in_ready_o) f_range_end_q <= f_reach[BeatW-1:0];
    if (range_ready) f_cut_end_q <= f_range_end_q;
    if (cut_ready) f_out_end_q <= f_cut_end_q;
    f_addr_q <= out_addr_o;
    f_len_q  <= out_len_o;
    f_last_q <= out_last_o;
    if (!rst_ni) begin
      f_stalled_q <= 1'b0;
      f_mid_q     <= 1'b0;
    end else begin
      f_stalled_q <= out_valid_o && !out_ready_i;
      if (f_taken) begin
        f_mid_q    <= !f_final;
        f_behind_q <= f_out + BeatW'(out_len_q) + BeatW'(1);
      end
    end
    if (rst_ni) begin
      if (f_stalled_q) begin
        assert (out_valid_o && out_addr_o == f_addr_q);
        assert (out_len_o == f_len_q && out_last_o == f_last_q);
      end
      if (out_valid_o) begin
        // Within a page, as long as allowed, and within the range.
        assert (32'(out_addr_q[11:Shift]) + 32'(out_len_q) < InPage);
        assert (32'(out_len_q) < Burst);
        assert (out_addr_q[Shift-1:0] == '0);
        assert (f_out_end_q - f_out >= BeatW'(out_len_q) && f_out <= f_out_end_q);
        // One behind the other.
        if (f_mid_q) assert (f_out == f_behind_q);
        // As long as can be.
        if (!f_final) begin
          assert (32'(out_len_q) == Burst - 1 ||
                  32'(out_addr_q[11:Shift]) + 32'(out_len_q) == InPage - 1);
        end
      end
      // What induction needs to know.
      if (range_valid_q) begin
        assert (range_addr_q <= f_range_end_q);
        assert (f_range_end_q - range_addr_q == BeatW'(range_left_q));
      end
      if (cut_valid_q) begin
        assert (f_cut <= f_cut_end_q && f_cut_end_q - f_cut == BeatW'(left_q));
        assert (limit_q == limit(place_q));
      end
      if (out_valid_q && !f_final) begin
        assert (cut_valid_q && f_cut == f_out + BeatW'(out_len_q) + BeatW'(1));
        assert (f_cut_end_q == f_out_end_q);
      end
      if (!out_valid_q && f_mid_q) assert (cut_valid_q && f_cut == f_behind_q);
      cover (f_taken && f_mid_q && f_final);
    end
  end
`endif

endmodule

`default_nettype wire
