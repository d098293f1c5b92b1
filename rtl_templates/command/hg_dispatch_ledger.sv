// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Descriptors under way and how they end, for hg_attention_dispatch: up to `Depth`, in order.
///
/// `begin_i` enters a descriptor, `job_i` and `read_i` count what is given away for the newest one,
/// and `close_i` says that nothing more will be, with a code or 0. Jobs and commands of the reader
/// end in the order in which they were given, so that their answers belong to the oldest descriptor
/// that waits for any. The error of the vector reader is that of all who wait for jobs. Of several
/// codes the lowest counts, with its address. A descriptor is answered when it is closed and waits
/// for nothing.
module hg_dispatch_ledger #(
  /// Most descriptors under way: a power of two, 2 to 8.
  parameter int Depth = 2,
  /// Most jobs that may be waited for: 1 to 127.
  parameter int Limit = 10,
  /// Most commands of the reader: 1 to 127.
  parameter int Reads = 64
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        begin_i,
  input  logic        job_i,
  input  logic        read_i,
  input  logic        close_i,
  input  logic [7:0]  close_code_i,
  input  logic [63:0] close_addr_i,
  input  logic [20:0] close_count_i,
  // A descriptor has room; none is under way; the newest waits for nothing; a job or a command of
  // the reader may be given.
  output logic        room_o,
  output logic        empty_o,
  output logic        still_o,
  output logic        job_room_o,
  output logic        read_room_o,
  input  logic        read_valid_i,
  output logic        read_ready_o,
  input  logic [2:0]  read_code_i,
  input  logic [63:0] read_addr_i,
  output logic        read_clear_o,
  input  logic        result_valid_i,
  output logic        result_ready_o,
  input  logic [2:0]  result_error_i,
  input  logic [2:0]  result_code_i,
  input  logic [63:0] result_addr_i,
  output logic        result_clear_o,
  input  logic        vector_error_i,
  input  logic [63:0] vector_addr_i,
  output logic        vector_clear_o,
  // The newest descriptor has a code by now.
  output logic        failed_o,
  output logic        done_valid_o,
  input  logic        done_ready_i,
  output logic [7:0]  done_code_o,
  output logic [63:0] done_addr_o,
  output logic [20:0] done_count_o
);

  if (Depth < 2 || Depth > 8 || 2 ** $clog2(Depth) != Depth) begin : gen_illegal
    ERROR_hg_dispatch_ledger_Depth_must_be_2_4_or_8 u_illegal ();
  end

  localparam int         PlaceW     = $clog2(Depth);
  localparam logic [7:0] CodeRead   = 8'd48;
  localparam logic [7:0] CodeVector = 8'd49;
  localparam logic [7:0] CodeWrite  = 8'd50;

  logic [Depth-1:0]    open_q, closed_q;
  logic [PlaceW-1:0]   oldest_q, newest_q;
  logic                pop;
  // Of all, the first one lowest.
  logic [7*Depth-1:0]  jobs_q, reads_q;
  logic [8*Depth-1:0]  code_q;
  logic [64*Depth-1:0] addr_q;
  logic [21*Depth-1:0] count_q;
  logic [Depth-1:0]    has_jobs, has_reads;

  // An answer of each kind waits here until it is its turn.
  logic        read_q, result_q, vector_q, clear_q, clear_q2;
  logic [2:0]  read_code_q, result_code_q, result_error_q;
  logic        do_vector, do_read, do_result;
  logic [6:0]  limit_q, reads_all_q;
  // Whose the next answer of each kind is: the oldest that waits for any.
  logic [PlaceW-1:0] read_owner, result_owner;

  assign read_ready_o   = !read_q;
  assign result_ready_o = !result_q;
  assign do_vector      = vector_q && !close_i;
  assign do_read        = read_q && !vector_q && !close_i;
  assign do_result      = result_q && !read_q && !vector_q && !close_i;

  always_comb begin
    logic [PlaceW-1:0] place;
    read_owner   = oldest_q;
    result_owner = oldest_q;
    for (int i = Depth - 1; i >= 0; i--) begin
      place = oldest_q + PlaceW'(i);
      if (has_reads[place]) read_owner = place;
      if (has_jobs[place]) result_owner = place;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      read_q   <= 1'b0;
      result_q <= 1'b0;
      vector_q <= 1'b0;
      clear_q  <= 1'b0;
      clear_q2 <= 1'b0;
    end else begin
      read_q   <= read_q ? !do_read : read_valid_i;
      result_q <= result_q ? !do_result : result_valid_i;
      // The error falls in the second cycle behind its clear.
      vector_q <= vector_q ? !do_vector : vector_error_i && !clear_q && !clear_q2;
      clear_q  <= do_vector;
      clear_q2 <= clear_q;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!read_q) read_code_q <= read_code_i;
    if (!result_q) begin
      result_code_q  <= result_code_i;
      result_error_q <= result_error_i;
    end
  end

  assign vector_clear_o = clear_q;
  assign read_clear_o   = do_read && read_code_q != 3'd0;
  assign result_clear_o = do_result && result_code_q != 3'd0;

  // The code that is told in this cycle, to whom, and its address.
  logic [7:0]  told;
  logic [63:0] told_addr;
  logic [Depth-1:0] to;

  always_comb begin
    told      = 8'd0;
    told_addr = result_addr_i;
    to        = '0;
    if (close_i) begin
      told      = close_code_i;
      told_addr = close_addr_i;
      to        = Depth'(1) << newest_q;
    end else if (vector_q) begin
      told      = CodeVector;
      told_addr = vector_addr_i;
      to        = has_jobs;
    end else if (read_q) begin
      if (read_code_q != 3'd0) told = CodeRead;
      told_addr = read_addr_i;
      to        = Depth'(1) << read_owner;
    end else if (result_q) begin
      if (result_error_q != 3'd0) begin
        told      = {5'b00100, result_error_q};
        told_addr = 64'd0;
      end else if (result_code_q != 3'd0) begin
        told = CodeWrite;
      end
      to = Depth'(1) << result_owner;
    end
  end

  assign pop = done_valid_o && done_ready_i;

  for (genvar e = 0; e < Depth; e++) begin : gen_entry
    logic       here, begins, pops, lower;
    logic [7:0] own;
    assign here         = newest_q == PlaceW'(e);
    assign begins       = begin_i && newest_q == PlaceW'(e - 1);
    assign pops         = pop && oldest_q == PlaceW'(e);
    assign own          = code_q[8*e +: 8];
    assign lower        = to[e] && told != '0 && (own == '0 || told < own);
    assign has_jobs[e]  = jobs_q[7*e +: 7] != '0;
    assign has_reads[e] = reads_q[7*e +: 7] != '0;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        open_q[e]   <= 1'b0;
        closed_q[e] <= 1'b0;
        jobs_q[7*e +: 7]   <= '0;
        reads_q[7*e +: 7]  <= '0;
        code_q[8*e +: 8]   <= '0;
      end else begin
        if (begins) open_q[e] <= 1'b1;
        else if (pops) open_q[e] <= 1'b0;
        if (close_i && here) closed_q[e] <= 1'b1;
        else if (pops) closed_q[e] <= 1'b0;
        jobs_q[7*e +: 7]  <= jobs_q[7*e +: 7] + 7'(job_i && here) -
                      7'(do_result && result_owner == PlaceW'(e));
        reads_q[7*e +: 7] <= reads_q[7*e +: 7] + 7'(read_i && here) -
                      7'(do_read && read_owner == PlaceW'(e));
        if (begins) code_q[8*e +: 8] <= '0;
        else if (lower) code_q[8*e +: 8] <= told;
      end
    end
    always_ff @(posedge clk_i) begin
      if (begins) addr_q[64*e +: 64] <= '0;
      else if (lower) addr_q[64*e +: 64] <= told_addr;
      if (close_i && here) count_q[21*e +: 21] <= close_count_i;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      oldest_q    <= '0;
      newest_q    <= '1;
      limit_q     <= '0;
      reads_all_q <= '0;
    end else begin
      if (begin_i) newest_q <= newest_q + PlaceW'(1);
      if (pop) oldest_q <= oldest_q + PlaceW'(1);
      limit_q     <= limit_q + 7'(job_i) - 7'(do_result);
      reads_all_q <= reads_all_q + 7'(read_i) - 7'(do_read);
    end
  end

  assign room_o       = !(&open_q);
  assign empty_o      = open_q == '0;
  assign still_o      = !has_jobs[newest_q] && !has_reads[newest_q];
  assign job_room_o   = limit_q < 7'(Limit);
  assign read_room_o  = reads_all_q < 7'(Reads);
  assign failed_o     = code_q[8*newest_q +: 8] != '0;
  assign done_valid_o = open_q[oldest_q] && closed_q[oldest_q] && !has_jobs[oldest_q] &&
                        !has_reads[oldest_q];
  assign done_code_o  = code_q[8*oldest_q +: 8];
  assign done_addr_o  = addr_q[64*oldest_q +: 64];
  assign done_count_o = count_q[21*oldest_q +: 21];

`ifdef HG_FORMAL
  // What is under way is counted anew, for a descriptor that is picked at random and for all
  // together.
  logic        f_seen_q, f_open_q, f_stalled_q, f_picked_q, f_closed_q;
  logic [3:0]  f_many_q;
  // Descriptors before the one that is picked.
  logic [3:0]  f_before_q;
  logic [7:0]  f_jobs_q, f_reads_q, f_own_jobs_q, f_own_reads_q, f_code_q;
  logic [92:0] f_out_q;
  wire [92:0]  f_out   = {done_code_o, done_addr_o, done_count_o};
  wire         f_read  = read_valid_i && read_ready_o;
  wire         f_end   = result_valid_i && result_ready_o;
  wire         f_done  = done_valid_o && done_ready_i;
  (* anyseq *) logic f_pick;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;

  always_comb begin
    assume (rst_ni == f_seen_q);
    // The control enters one when there is room, gives for it while it is open, and closes it.
    assume (!begin_i || (room_o && !f_open_q && !close_i));
    assume (!(job_i || read_i || close_i) || f_open_q);
    assume (!job_i || job_room_o);
    assume (!read_i || read_room_o);
    assume (!(close_i && (job_i || read_i)));
    // Nothing ends that was not given before.
    if (f_jobs_q == '0) assume (!result_valid_i);
    if (f_reads_q == '0) assume (!read_valid_i);
  end

  always @(posedge clk_i) begin
    f_out_q <= f_out;
    if (!rst_ni) begin
      {f_open_q, f_stalled_q, f_picked_q, f_closed_q} <= '0;
      f_before_q <= '0;
      f_many_q <= '0;
      f_jobs_q <= '0;
      f_reads_q <= '0;
    end else begin
      f_open_q    <= (f_open_q || begin_i) && !close_i;
      f_stalled_q <= done_valid_o && !done_ready_i;
      f_many_q    <= f_many_q + 4'(begin_i) - 4'(f_done);
      f_jobs_q    <= f_jobs_q + 8'(job_i) - 8'(f_end);
      f_reads_q   <= f_reads_q + 8'(read_i) - 8'(f_read);
      // The one that is picked: what is given while it is open is its own, and as everything ends
      // in order, its own ends when nothing older is left.
      if (begin_i && f_pick && !f_picked_q) begin
        f_picked_q    <= 1'b1;
        f_closed_q    <= 1'b0;
        f_before_q    <= f_many_q - 4'(f_done);
        f_own_jobs_q  <= f_jobs_q - 8'(f_end);
        f_own_reads_q <= f_reads_q - 8'(f_read);
        f_code_q      <= '0;
      end else if (f_picked_q) begin
        f_closed_q    <= f_closed_q || close_i;
        f_own_jobs_q  <= f_own_jobs_q + 8'(job_i && !f_closed_q) - 8'(f_end && f_own_jobs_q != '0);
        f_own_reads_q <= f_own_reads_q + 8'(read_i && !f_closed_q) -
                         8'(f_read && f_own_reads_q != '0);
        if (close_i && !f_closed_q) f_code_q <= close_code_i;
        if (f_done) f_before_q <= f_before_q - 4'd1;
        if (f_done && f_before_q == '0) f_picked_q <= 1'b0;
      end
      // Up to `Depth`, and room says so; what is waited for is bounded.
      assert (f_many_q <= 4'(Depth) && room_o == (f_many_q != 4'(Depth)));
      assert (empty_o == (f_many_q == 4'd0));
      assert (f_jobs_q <= 8'(Limit) && f_reads_q <= 8'(Reads));
      // An answer stays, and comes of one that is closed and waits for nothing, with a code that is
      // no larger than its own.
      if (f_stalled_q) assert (done_valid_o && f_out == f_out_q);
      if (done_valid_o && f_picked_q && f_before_q == '0) begin
        assert (f_closed_q && f_own_jobs_q == '0 && f_own_reads_q == '0);
        if (f_code_q != '0) assert (done_code_o != '0 && done_code_o <= f_code_q);
      end
      // It is not kept waiting when all has ended.
      if (f_picked_q && f_before_q == '0 && f_closed_q && f_own_jobs_q == '0
          && f_own_reads_q == '0 && !read_q && !result_q) assert (done_valid_o);
      cover (f_done && f_picked_q && done_code_o == 8'd49);
    end
  end
`endif

endmodule

`default_nettype wire
