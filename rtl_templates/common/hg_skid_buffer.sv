// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Register slice that cuts both directions of a ready/valid stream.
///
/// One beat a cycle, one cycle of latency, two beats of storage: the second catches the beat
/// that is under way when the consumer stalls, so that `in_ready_o` is a register.
module hg_skid_buffer #(
  /// Bits of the payload, 1 and up.
  parameter int Width = 32
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             in_valid_i,
  output logic             in_ready_o,
  input  logic [Width-1:0] in_data_i,
  output logic             out_valid_o,
  input  logic             out_ready_i,
  output logic [Width-1:0] out_data_o
);

  if (Width < 1) begin : gen_illegal
    ERROR_hg_skid_buffer_Width_must_be_positive u_illegal ();
  end

  logic             out_valid_q, skid_valid_q;
  logic [Width-1:0] out_data_q, skid_data_q;
  logic             load_out;

  // The output register takes a beat whenever it is free or being emptied; a beat that arrives
  // while it is neither stays in the skid register, which then blocks the input. That register
  // copies whatever stands at the input until then: its enable is a register alone.
  assign load_out  = !out_valid_q || out_ready_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      out_valid_q  <= 1'b0;
      skid_valid_q <= 1'b0;
    end else begin
      if (load_out) out_valid_q <= skid_valid_q || in_valid_i;
      skid_valid_q <= !load_out && (skid_valid_q || in_valid_i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (load_out) out_data_q <= skid_valid_q ? skid_data_q : in_data_i;
    if (!skid_valid_q) skid_data_q <= in_data_i;
  end

  assign in_ready_o  = !skid_valid_q;
  assign out_valid_o = out_valid_q;
  assign out_data_o  = out_data_q;

`ifdef HG_FORMAL
  // A model of what the buffer holds: how many beats, and where a beat that was picked at random
  // stands among them. Valid and ready follow from the model's registers alone, so neither is a
  // function of the other side in the same cycle.
  logic             f_seen_q, f_out_stalled_q, f_tracked_q;
  logic [1:0]       f_used_q;
  logic             f_ahead_q;
  logic [Width-1:0] f_data_q, f_out_q;
  wire              f_in  = in_valid_i && in_ready_o;
  wire              f_out = out_valid_o && out_ready_i;
  (* anyseq *) logic f_pick;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb assume (rst_ni == f_seen_q);

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      f_used_q        <= 2'd0;
      f_tracked_q     <= 1'b0;
      f_out_stalled_q <= 1'b0;
    end else begin
      f_used_q        <= f_used_q + 2'(f_in) - 2'(f_out);
      f_out_stalled_q <= out_valid_o && !out_ready_i;
      f_out_q         <= out_data_o;
      if (!f_tracked_q && f_in && f_pick) begin
        f_tracked_q <= 1'b1;
        f_data_q    <= in_data_i;
        f_ahead_q   <= f_used_q != 2'(f_out);
      end else if (f_tracked_q && f_out) begin
        f_ahead_q   <= 1'b0;
        f_tracked_q <= f_ahead_q;
      end
    end
    if (rst_ni) begin
      assert (f_used_q <= 2'd2);
      assert (out_valid_o == (f_used_q != 2'd0));
      assert (in_ready_o == (f_used_q != 2'd2));
      if (f_out_stalled_q) assert (out_valid_o && out_data_o == f_out_q);
      if (f_tracked_q) begin
        assert (2'(f_ahead_q) < f_used_q);
        if (!f_ahead_q) assert (out_data_o == f_data_q);
        else assert (skid_data_q == f_data_q);
      end
      cover (f_used_q == 2'd2 && f_out);
    end
  end
`endif

endmodule

`default_nettype wire
