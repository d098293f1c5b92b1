// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Makes one answer of the answers to all commands of a token: the first that is not 0, or 0.
///
/// An answer is on its port in the cycle after the last of its parts came, and no part is taken
/// while it waits.
module hg_plane_answer #(
  /// Parts of an answer: 2 to 6.
  parameter int Planes = 6
) (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       in_valid_i,
  output logic       in_ready_o,
  input  logic [2:0] in_code_i,
  output logic       out_valid_o,
  input  logic       out_ready_i,
  output logic [2:0] out_code_o
);

  localparam int CountW = hg_pkg::idx_width(Planes);

  if (Planes < 2 || Planes > 6) begin : gen_illegal
    ERROR_hg_plane_answer_Planes_must_be_2_to_6 u_illegal ();
  end

  logic [CountW-1:0] count_q;
  logic [2:0]        code_q;
  logic              valid_q, part, last;

  assign in_ready_o  = !valid_q;
  assign out_valid_o = valid_q;
  assign out_code_o  = code_q;
  assign part        = in_valid_i && !valid_q;
  assign last        = count_q == CountW'(Planes - 1);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
      count_q <= '0;
      code_q  <= 3'd0;
    end else if (part) begin
      valid_q <= last;
      count_q <= last ? '0 : count_q + CountW'(1);
      if (code_q == 3'd0) code_q <= in_code_i;
    end else if (valid_q && out_ready_i) begin
      valid_q <= 1'b0;
      code_q  <= 3'd0;
    end
  end

`ifdef HG_FORMAL
  // The codes of the parts since the last answer, oldest in the low bits.
  logic                f_seen_q, f_waits_q;
  logic [2:0]          f_code_q;
  logic [3*Planes-1:0] f_codes_q, f_next;
  logic [2:0]          f_first;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb assume (rst_ni == f_seen_q);

  always_comb begin
    f_next  = f_codes_q;
    f_first = 3'd0;
    for (int i = Planes - 1; i >= 0; i--) begin
      if (part && 32'(count_q) == i) f_next[3*i +: 3] = in_code_i;
      if (f_codes_q[3*i +: 3] != 3'd0) f_first = f_codes_q[3*i +: 3];
    end
  end

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      f_waits_q <= 1'b0;
      f_codes_q <= '0;
    end else begin
      f_waits_q <= out_valid_o && !out_ready_i;
      f_code_q  <= out_code_o;
      f_codes_q <= (out_valid_o && out_ready_i) ? '0 : f_next;
    end
    if (rst_ni) begin
      // An answer stays, and is the first code of its parts; those that have not come count as 0.
      if (f_waits_q) assert (out_valid_o && out_code_o == f_code_q);
      assert (code_q == f_first);
      assert (32'(count_q) < Planes && (!valid_q || count_q == '0));
      if (!valid_q) begin
        for (int i = 0; i < Planes; i++) begin
          if (32'(count_q) <= i) assert (f_codes_q[3*i +: 3] == 3'd0);
        end
      end
      cover (out_valid_o && out_code_o == 3'd6);
    end
  end
`endif

endmodule

`default_nettype wire
