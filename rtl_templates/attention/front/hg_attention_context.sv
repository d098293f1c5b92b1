// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Contexts: what is known of each query from its admission to its commit.
///
/// A ring: queries are admitted and leave in order. `ready` of a context says that its query
/// vector is stored and its sum known (hg_attention_query). Three readers: the one that issues
/// rows to QK, the next pass of the softmax and the pass that is judged; all name a context and
/// see its fields combinationally.
module hg_attention_context #(
  /// Queries in flight, 2 to 32.
  parameter int Contexts = 4,
  /// Bits of a count of keys, 4 and up.
  parameter int TokW = 11,
  /// Bits of a count of rows, 1 and up.
  parameter int RowsW = 11,
  /// Bits of a position in the buffers, an address and 3 more.
  parameter int PosW = 14,
  /// Jobs in flight: a power of two, 4 to 64.
  parameter int Jobs = 8,
  /// Derived: bits of a job's place.
  localparam int JobW = hg_pkg::idx_width(Jobs),
  /// Derived: bits of a context's number.
  localparam int CtxW = hg_pkg::idx_width(Contexts),
  /// Derived: bits of an address of the buffers.
  localparam int AddrW = PosW - JobW
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  // Admission; `free_o` says that there is a context, `admit_context_o` which.
  output logic             free_o,
  input  logic             admit_i,
  output logic [CtxW-1:0]  admit_context_o,
  input  logic [JobW-1:0]  admit_job_i,
  input  logic [PosW-1:0]  admit_base_i,
  input  logic [TokW-1:0]  admit_keys_i,
  input  logic [RowsW-1:0] admit_rows_i,
  input  logic [2:0]       admit_error_i,
  input  logic             admit_last_i,
  input  logic [23:0]      admit_bound_i,
  input  logic [31:0]      now_i,
  input  logic             loaded_i,
  input  logic [CtxW-1:0]  loaded_context_i,
  input  logic             leave_i,
  // Issue to QK; `issue_done_i` when it leaves the context, whose query must not come twice.
  input  logic [CtxW-1:0]  issue_context_i,
  input  logic             issue_done_i,
  output logic             issue_ready_o,
  output logic             issue_error_o,
  output logic [JobW-1:0]  issue_job_o,
  output logic [AddrW-1:0] issue_base_o,
  output logic [TokW-1:0]  issue_keys_o,
  output logic [RowsW-1:0] issue_rows_o,
  // The next pass of the softmax.
  input  logic [CtxW-1:0]  pass_context_i,
  output logic [JobW-1:0]  pass_job_o,
  output logic [RowsW-1:0] pass_rows_o,
  // The pass that is judged.
  input  logic [CtxW-1:0]  judge_context_i,
  output logic [JobW-1:0]  judge_job_o,
  output logic [AddrW-1:0] judge_base_o,
  output logic [TokW-1:0]  judge_keys_o,
  output logic [RowsW-1:0] judge_rows_o,
  output logic [23:0]      judge_bound_o,
  // The oldest context, the next to leave, and whether it answers an illegal job and may.
  output logic [CtxW-1:0]  old_context_o,
  output logic             old_refused_o,
  output logic [JobW-1:0]  old_job_o,
  output logic [PosW-1:0]  old_base_o,
  output logic             old_last_o,
  output logic [2:0]       old_error_o,
  output logic [31:0]      old_stamp_o
);

  if (Contexts < 2 || Contexts > 32) begin : gen_illegal
    ERROR_hg_attention_context_Contexts_must_be_2_to_32 u_illegal ();
  end

  logic [CtxW-1:0]     new_q, old_q;
  logic [Contexts-1:0] used_q, ready_q, issued_q;
  logic [JobW-1:0]     job_q [0:Contexts-1];
  logic [PosW-1:0]     base_q [0:Contexts-1];
  logic [TokW-1:0]     keys_q [0:Contexts-1];
  logic [RowsW-1:0]    rows_q [0:Contexts-1];
  logic [2:0]          error_q [0:Contexts-1];
  logic                last_q [0:Contexts-1];
  logic [23:0]         bound_q [0:Contexts-1];
  logic [31:0]         stamp_q [0:Contexts-1];

  assign free_o          = !used_q[new_q];
  assign admit_context_o = new_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      new_q   <= '0;
      old_q   <= '0;
      used_q   <= '0;
      ready_q  <= '0;
      issued_q <= '0;
    end else begin
      if (admit_i) begin
        new_q          <= (new_q == CtxW'(Contexts - 1)) ? '0 : new_q + CtxW'(1);
        used_q[new_q]  <= 1'b1;
        ready_q[new_q] <= 1'b0;
        issued_q[new_q] <= 1'b0;
      end
      if (issue_done_i) ready_q[issue_context_i] <= 1'b0;
      if (issue_done_i) issued_q[issue_context_i] <= 1'b1;
      if (loaded_i) ready_q[loaded_context_i] <= 1'b1;
      if (leave_i) begin
        old_q         <= (old_q == CtxW'(Contexts - 1)) ? '0 : old_q + CtxW'(1);
        used_q[old_q] <= 1'b0;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (admit_i) begin
      job_q[new_q]   <= admit_job_i;
      base_q[new_q]  <= admit_base_i;
      keys_q[new_q]  <= admit_keys_i;
      rows_q[new_q]  <= admit_rows_i;
      error_q[new_q] <= admit_error_i;
      last_q[new_q]  <= admit_last_i;
      bound_q[new_q] <= admit_bound_i;
      stamp_q[new_q] <= now_i;
    end
  end

  assign issue_ready_o = used_q[issue_context_i] && ready_q[issue_context_i];
  assign issue_error_o = error_q[issue_context_i] != '0;
  assign issue_job_o   = job_q[issue_context_i];
  assign issue_base_o  = base_q[issue_context_i][AddrW-1:0];
  assign issue_keys_o  = keys_q[issue_context_i];
  assign issue_rows_o  = rows_q[issue_context_i];

  assign pass_job_o  = job_q[pass_context_i];
  assign pass_rows_o = rows_q[pass_context_i];

  assign judge_job_o   = job_q[judge_context_i];
  assign judge_base_o  = base_q[judge_context_i][AddrW-1:0];
  assign judge_keys_o  = keys_q[judge_context_i];
  assign judge_rows_o  = rows_q[judge_context_i];
  assign judge_bound_o = bound_q[judge_context_i];

  // A query that was never issued must not leave: issue would wait for it for ever.
  assign old_refused_o = used_q[old_q] && issued_q[old_q] && error_q[old_q] != '0;
  assign old_context_o = old_q;
  assign old_job_o   = job_q[old_q];
  assign old_base_o  = base_q[old_q];
  assign old_last_o  = last_q[old_q];
  assign old_error_o = error_q[old_q];
  assign old_stamp_o = stamp_q[old_q];

`ifndef SYNTHESIS
`ifndef YOSYS
  always @(posedge clk_i) begin
    if (admit_i && !free_o) $error("%m: a query was admitted without a context");
    if (leave_i && !used_q[old_q]) $error("%m: a query left that is not there");
  end
`endif
`endif

`ifdef HG_FORMAL
  // Contexts are used in turn, one query each; all fields of a query are held until it leaves, and
  // whoever asks for its context reads them.
  logic        f_seen_q;
  logic [31:0] f_used_q;
  (* anyconst *) logic [CtxW-1:0] f_context;
  logic [31:0] f_stamp_q;
  logic [JobW-1:0] f_job_q;
  logic [PosW-1:0] f_base_q;
  logic [TokW-1:0] f_keys_q;
  logic [RowsW-1:0] f_rows_q;
  logic [2:0]  f_error_q;
  logic        f_last_q;
  logic [23:0] f_bound_q;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    assume (32'(f_context) < Contexts);
    if (!free_o) assume (!admit_i);
    if (!used_q[old_q]) assume (!leave_i);
    assume (32'(issue_context_i) < Contexts && 32'(loaded_context_i) < Contexts);
  end
  always @(posedge clk_i) begin
    if (!rst_ni) f_used_q <= 32'd0;
    else f_used_q <= f_used_q + 32'(admit_i) - 32'(leave_i);
    if (admit_i && admit_context_o == f_context) begin
      f_stamp_q <= now_i;
      f_job_q   <= admit_job_i;
      f_base_q  <= admit_base_i;
      f_rows_q  <= admit_rows_i;
      f_error_q <= admit_error_i;
      f_last_q  <= admit_last_i;
      f_bound_q <= admit_bound_i;
      f_keys_q  <= admit_keys_i;
    end
    if (rst_ni && f_seen_q) begin
      assert (f_used_q <= Contexts && free_o == (f_used_q != Contexts));
      assert (32'(new_q) < Contexts && 32'(old_q) < Contexts);
      assert ((32'(old_q) + f_used_q) % Contexts == 32'(new_q));
      for (int c = 0; c < Contexts; c++) begin
        assert (used_q[c] == ((32'(c) + Contexts - 32'(old_q)) % Contexts < f_used_q));
      end
      if (used_q[f_context]) begin
        assert (stamp_q[f_context] == f_stamp_q && job_q[f_context] == f_job_q);
        assert (keys_q[f_context] == f_keys_q);
        assert (base_q[f_context] == f_base_q && rows_q[f_context] == f_rows_q);
        assert (error_q[f_context] == f_error_q && last_q[f_context] == f_last_q);
        assert (bound_q[f_context] == f_bound_q);
        if (old_q == f_context) begin
          assert (old_stamp_o == f_stamp_q && old_job_o == f_job_q && old_base_o == f_base_q);
          assert (old_last_o == f_last_q && old_error_o == f_error_q);
          assert (old_context_o == f_context);
        end
        if (issue_context_i == f_context) begin
          assert (issue_job_o == f_job_q && issue_base_o == f_base_q[AddrW-1:0]);
          assert (issue_keys_o == f_keys_q && issue_rows_o == f_rows_q);
          assert (issue_error_o == (f_error_q != '0));
        end
        if (pass_context_i == f_context) begin
          assert (pass_job_o == f_job_q && pass_rows_o == f_rows_q);
        end
        if (judge_context_i == f_context) begin
          assert (judge_job_o == f_job_q && judge_base_o == f_base_q[AddrW-1:0]);
          assert (judge_keys_o == f_keys_q && judge_rows_o == f_rows_q);
          assert (judge_bound_o == f_bound_q);
        end
      end
      if (old_refused_o) assert (used_q[old_q] && old_error_o != '0);
      cover (f_used_q == Contexts && leave_i);
    end
  end
`endif

endmodule

`default_nettype wire
