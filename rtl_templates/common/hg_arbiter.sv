// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Round-robin arbiter: merges ready/valid streams into one.
///
/// The search begins behind the requester that was served last, so whoever requests waits for at
/// most one beat of each other. A grant is held while the consumer stalls. Combinational from
/// request to grant, no latency; valid does not depend on ready. Requests must keep to the
/// protocol: once valid, a beat stays as it is until it is taken.
module hg_arbiter #(
  /// Streams that are merged: 1 and up.
  parameter int Requesters = 4,
  /// Bits of a payload: 1 and up.
  parameter int Width = 32,
  /// Derived: bits of a requester's number.
  localparam int IdxW = hg_pkg::idx_width(Requesters)
) (
  /// Clock, rising edge.
  input  logic                        clk_i,
  /// Asynchronous reset, active low.
  input  logic                        rst_ni,
  /// Requesters that offer a beat.
  input  logic [Requesters-1:0]       in_valid_i,
  /// The requester whose beat is taken, if any is.
  output logic [Requesters-1:0]       in_ready_o,
  /// Payloads, requester 0 in the low bits.
  input  logic [Requesters*Width-1:0] in_data_i,
  /// A beat is offered.
  output logic                        out_valid_o,
  /// The beat is taken.
  input  logic                        out_ready_i,
  /// Payload of the beat.
  output logic [Width-1:0]            out_data_o,
  /// Number of the requester whose beat it is.
  output logic [IdxW-1:0]             out_index_o
);

  if (Requesters < 1 || Width < 1) begin : gen_illegal
    ERROR_hg_arbiter_Requesters_and_Width_must_be_positive u_illegal ();
  end

  logic                  locked_q;
  logic [IdxW-1:0]       last_q;
  logic [Requesters-1:0] behind, wanted, pick, grant_q, grant;

  // Requests behind the last grant come first; without any the search starts anew. The lowest
  // one is isolated by x & -x.
  for (genvar i = 0; i < Requesters; i++) begin : gen_behind
    // Requester 0 stands behind nobody.
    if (i == 0) begin : gen_first
      assign behind[i] = 1'b0;
    end else begin : gen_other
      assign behind[i] = in_valid_i[i] && IdxW'(i) > last_q;
    end
  end

  assign wanted = (behind != '0) ? behind : in_valid_i;
  assign pick   = wanted & (~wanted + Requesters'(1));
  assign grant  = locked_q ? grant_q : pick;

  always_comb begin
    out_data_o  = '0;
    out_index_o = '0;
    for (int i = 0; i < Requesters; i++) begin
      if (grant[i]) out_data_o = out_data_o | in_data_i[i*Width +: Width];
      if (grant[i]) out_index_o = out_index_o | IdxW'(i);
    end
  end

  assign out_valid_o = in_valid_i != '0;
  assign in_ready_o  = grant & {Requesters{out_ready_i}};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      locked_q <= 1'b0;
      last_q   <= IdxW'(Requesters - 1);
      grant_q  <= '0;
    end else begin
      locked_q <= out_valid_o && !out_ready_i;
      if (out_valid_o) begin
        last_q  <= out_index_o;
        grant_q <= grant;
      end
    end
  end

`ifdef HG_FORMAL
  // Requester `f_i` and its beat are followed. `f_last_q` is who was served last, `f_missed_q` how
  // many beats of others have passed since f_i requests.
  logic             f_seen_q, f_stalled_q, f_held_q;
  logic [31:0]      f_missed_q, f_last_q;
  logic [IdxW-1:0]  f_index_q;
  logic [Width-1:0] f_out_q;
  (* anyconst *) logic [IdxW-1:0] f_i;

  wire             f_out  = out_valid_o && out_ready_i;
  wire             f_want = in_valid_i[f_i];
  wire             f_take = f_want && in_ready_o[f_i];
  // Steps of the search from whoever was served last to f_i, and to the grant that stands.
  wire [31:0] f_far  = (32'(f_i) > f_last_q) ? 32'(f_i) - f_last_q - 32'd1
                                             : 32'(f_i) + Requesters - f_last_q - 32'd1;
  wire [31:0] f_near = (32'(last_q) > f_last_q) ? 32'(last_q) - f_last_q - 32'd1
                                                : 32'(last_q) + Requesters - f_last_q - 32'd1;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    assume (32'(f_i) < Requesters);
  end

  // The contract of the requesters.
  logic [Requesters-1:0]       f_waits_q;
  logic [Requesters*Width-1:0] f_offer_q;
  always @(posedge clk_i) begin
    f_waits_q <= rst_ni ? in_valid_i & ~in_ready_o : '0;
    f_offer_q <= in_data_i;
  end
  for (genvar i = 0; i < Requesters; i++) begin : gen_contract
    always_comb begin
      if (rst_ni && f_waits_q[i]) begin
        assume (in_valid_i[i]);
        assume (in_data_i[i*Width +: Width] == f_offer_q[i*Width +: Width]);
      end
    end
  end

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      f_missed_q  <= 32'd0;
      f_last_q    <= Requesters - 1;
      f_stalled_q <= 1'b0;
      f_held_q    <= 1'b0;
    end else begin
      f_stalled_q <= out_valid_o && !out_ready_i;
      f_out_q     <= out_data_o;
      f_index_q   <= out_index_o;
      // Whether f_i requested already when the grant that stands was given.
      f_held_q    <= f_want && (!f_stalled_q || f_held_q) && !f_take;
      if (f_out) f_last_q <= 32'(out_index_o);
      if (!f_want || f_take) f_missed_q <= 32'd0;
      else if (f_out) f_missed_q <= f_missed_q + 32'd1;
    end
    if (rst_ni) begin
      // A beat leaves if and only if one comes, with its data and number.
      assert (out_valid_o == (in_valid_i != '0));
      assert ((in_ready_o & (in_ready_o - Requesters'(1))) == '0);
      assert ((in_ready_o & ~in_valid_i) == '0);
      assert (f_out == (in_ready_o != '0));
      if (f_take) assert (32'(out_index_o) == 32'(f_i));
      if (f_take) assert (out_data_o == in_data_i[f_i*Width +: Width]);
      if (out_valid_o) assert (in_valid_i[out_index_o] && 32'(out_index_o) < Requesters);
      // A stalled beat stands.
      if (f_stalled_q) begin
        assert (out_valid_o && out_data_o == f_out_q && out_index_o == f_index_q);
      end
      // Nobody waits for more than one beat of each other.
      assert (f_missed_q < Requesters);
      // What induction needs to know.
      assert (locked_q == f_stalled_q);
      assert (f_last_q < Requesters && 32'(last_q) < Requesters);
      if (!locked_q) assert (f_last_q == 32'(last_q));
      if (locked_q) assert (grant_q == (Requesters'(1) << last_q) && f_waits_q[last_q]);
      if (f_missed_q != 32'd0) assert (f_want && f_waits_q[f_i]);
      if (f_missed_q != 32'd0) assert (f_missed_q + f_far < Requesters);
      if (f_missed_q != 32'd0 && locked_q) assert (f_held_q);
      if (f_held_q && locked_q) assert (f_near <= f_far);
      cover (f_missed_q == Requesters - 1);
    end
  end
`endif

endmodule

`default_nettype wire
