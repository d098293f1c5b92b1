// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Rows of a command: their addresses one after the other.
///
/// A row leaves per cycle. Addresses are added in segments of 16 bits, each a cycle behind the one
/// below it, and so a command is taken as many cycles after it came as there are segments, less
/// one, and its first row leaves in the cycle behind that. The next command begins then, or behind
/// the last row: a command of fewer rows than segments is followed by cycles without a row. Of
/// addresses and strides only the low `AddrW` bits are kept. The code of a command goes with each
/// of its rows.
module hg_stream_rows #(
  /// Bits of an address: 1 to 64.
  parameter int AddrW = 64
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             in_valid_i,
  output logic             in_ready_o,
  input  logic [AddrW-1:0] in_addr_i,
  input  logic [19:0]      in_bytes_m1_i,
  input  logic [15:0]      in_rows_m1_i,
  input  logic [31:0]      in_stride_i,
  input  logic [2:0]       in_code_i,
  output logic             out_valid_o,
  input  logic             out_ready_i,
  output logic [AddrW-1:0] out_addr_o,
  output logic [19:0]      out_bytes_m1_o,
  output logic             out_last_o,
  output logic [2:0]       out_code_o
);

  if (AddrW < 1 || AddrW > 64) begin : gen_illegal
    ERROR_hg_stream_rows_AddrW_must_be_1_to_64 u_illegal ();
  end

  localparam int SegW = 16;
  localparam int Segs = (AddrW + SegW - 1) / SegW;

  // Everything moves while the last segment is free or being taken. `first_q` goes with the first
  // row of a command, `last_q` with its last one; the command waits at the input until its first
  // row has all segments.
  logic            move, begins, arrives, more_q;
  logic [Segs-1:0] valid, first, valid_q, first_q, last_q;
  logic [15:0]     left_q;
  logic [19:0]     bytes_m1_q;
  logic [2:0]      code_q;

  assign move       = !valid_q[Segs-1] || out_ready_i;
  assign in_ready_o = move && arrives;

  if (Segs == 1) begin : gen_whole
    assign begins  = in_valid_i && !more_q;
    assign arrives = !more_q;
    assign valid   = more_q || in_valid_i;
    assign first   = begins;
    logic unused_first;
    assign unused_first = first_q[0];
  end else begin : gen_cut
    assign begins  = in_valid_i && !more_q && first_q[Segs-2:0] == '0;
    assign arrives = first_q[Segs-2];
    assign valid   = {valid_q[Segs-2:0], more_q || begins};
    assign first   = {first_q[Segs-2:0], begins};
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= '0;
      first_q <= '0;
      more_q  <= 1'b0;
    end else if (move) begin
      valid_q <= valid;
      first_q <= first;
      if (begins) more_q <= in_rows_m1_i != '0;
      else if (left_q == 16'd1) more_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (move) begin
      left_q <= begins ? in_rows_m1_i : left_q - 16'd1;
      last_q <= Segs'({last_q, begins ? in_rows_m1_i == '0 : left_q == 16'd1});
      if (first[Segs-1]) begin
        bytes_m1_q <= in_bytes_m1_i;
        code_q     <= in_code_i;
      end
    end
  end

  for (genvar s = 0; s < Segs; s++) begin : gen_seg
    localparam int Low = s * SegW;
    localparam int Own = (AddrW - Low < SegW) ? AddrW - Low : SegW;
    // What is added: the stride with its sign.
    logic [Own-1:0] stride_q, part_q;
    logic [Own:0]   sum;
    logic           carry, carry_q;
    // Segments that are done, which go along until all are.
    logic [Low+Own-1:0] row;

    assign sum = {1'b0, part_q} + {1'b0, stride_q} + (Own + 1)'(carry);

    always_ff @(posedge clk_i) begin
      if (move) begin
        part_q  <= first[s] ? in_addr_i[Low +: Own] : sum[Own-1:0];
        carry_q <= !first[s] && sum[Own];
      end
    end

    if (s < 2) begin : gen_stride
      always_ff @(posedge clk_i) begin
        if (move && first[s]) stride_q <= in_stride_i[Low +: Own];
      end
    end else begin : gen_sign
      logic sign_q;
      always_ff @(posedge clk_i) begin
        if (move && first[s]) sign_q <= in_stride_i[31];
      end
      assign stride_q = {Own{sign_q}};
    end

    if (s == 0) begin : gen_lowest
      assign carry = 1'b0;
      assign row   = part_q;
    end else begin : gen_above
      logic [Low-1:0] below_q;
      assign carry = gen_seg[s-1].carry_q;
      always_ff @(posedge clk_i) begin
        if (move) below_q <= gen_seg[s-1].row;
      end
      assign row = {part_q, below_q};
    end

    if (s == Segs - 1) begin : gen_last
      logic unused_carry;
      assign unused_carry = carry_q;
    end
  end

  assign out_valid_o    = valid_q[Segs-1];
  assign out_addr_o     = gen_seg[Segs-1].row;
  assign out_bytes_m1_o = bytes_m1_q;
  assign out_last_o     = last_q[Segs-1];
  assign out_code_o     = code_q;

  if (AddrW < 32) begin : gen_short
    logic unused_stride;
    assign unused_stride = &in_stride_i[31:AddrW];
  end

`ifdef HG_FORMAL
  // What is to leave next: a command is taken when its first row goes to the output.
  logic             f_seen_q, f_stalled_q, f_waits_q;
  logic [AddrW-1:0] f_next_q, f_addr_q;
  logic [31:0]      f_stride_q;
  logic [16:0]      f_left_q;
  logic [22:0]      f_about_q;
  wire              f_in  = in_valid_i && in_ready_o;
  wire              f_out = out_valid_o && out_ready_i;
  // The command that waits.
  logic [AddrW+70:0] f_cmd_q;
  wire  [AddrW+70:0] f_cmd = {in_addr_i, in_bytes_m1_i, in_rows_m1_i, in_stride_i, in_code_i};

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    assume (in_rows_m1_i < 16'd6);
    if (f_waits_q) assume (in_valid_i && f_cmd == f_cmd_q);
  end

  always @(posedge clk_i) begin
    f_cmd_q  <= f_cmd;
    f_addr_q <= out_addr_o;
    if (!rst_ni) begin
      f_waits_q   <= 1'b0;
      f_stalled_q <= 1'b0;
      f_left_q    <= 17'd0;
    end else begin
      f_waits_q   <= in_valid_i && !in_ready_o;
      f_stalled_q <= out_valid_o && !out_ready_i;
      if (f_in) begin
        f_next_q   <= in_addr_i;
        f_stride_q <= in_stride_i;
        f_about_q  <= {in_bytes_m1_i, in_code_i};
        f_left_q   <= 17'(in_rows_m1_i) + 17'd1;
      end else if (f_out) begin
        f_next_q <= f_next_q + AddrW'($signed(f_stride_q));
        f_left_q <= f_left_q - 17'd1;
      end
    end
    if (rst_ni) begin
      // Every row at its address, as many as there are, held until it is taken, without a gap.
      assert (out_valid_o == (f_left_q != '0));
      if (out_valid_o) begin
        assert (out_addr_o == f_next_q && out_last_o == (f_left_q == 17'd1));
        assert ({out_bytes_m1_o, out_code_o} == f_about_q);
      end
      if (f_stalled_q) assert (out_valid_o && out_addr_o == f_addr_q);
      cover (f_out && f_in && f_left_q == 17'd1);
    end
  end
`endif

endmodule

`default_nettype wire
