// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// K stream: asks for the first planes of the keys of the jobs, ahead of their queries.
///
/// Row-major, planes inner, up to the rows that the queries admitted so far see; a row waits until
/// the buffer has room for it, that is until old jobs no longer need theirs. A request that waits
/// is held, but one for the last row but one that there is room for may be withdrawn until old
/// jobs need less. The first request of
/// a row also opens the row's record of planes held (`init_o`); a refinement writes there only with
/// a request of its own, and never in the same cycle.
module hg_attention_stream #(
  /// Most keys of a job, 8 to 4096.
  parameter int MaxTokens = 1024,
  /// Keys a row; a power of two, 1 and up.
  parameter int Tokens = 1,
  /// Bits of an address of the buffers, 2 and up.
  parameter int AddrW = 11,
  /// Jobs in flight: a power of two, 4 to 64.
  parameter int Jobs = 8,
  /// Derived: bits of a job's place.
  localparam int JobW = hg_pkg::idx_width(Jobs),
  /// Derived: bits of a position: an address, and those of a job's place.
  localparam int PosW = AddrW + JobW,
  /// Derived: bits of a count of keys.
  localparam int TokW = hg_pkg::cnt_width(MaxTokens),
  /// Derived: bits of a row's number.
  localparam int RowW = hg_pkg::idx_width(MaxTokens / Tokens),
  /// Derived: bits of a count of rows.
  localparam int RowsW = hg_pkg::cnt_width(MaxTokens / Tokens)
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic [JobW:0]      taken_i,
  input  logic [Jobs*RowsW-1:0] limit_i,
  input  logic [Jobs-1:0]    closed_i,
  input  logic [Jobs*PosW-1:0] base_i,
  // The oldest position that is needed.
  input  logic [PosW-1:0]    free_i,
  output logic [JobW-1:0]    job_o,
  input  logic [TokW-1:0]    keys_i,
  input  logic [1:0]         k_start_i,
  output logic               init_o,
  output logic               req_valid_o,
  input  logic               req_ready_i,
  output logic [1:0]         req_plane_o,
  output logic [RowW-1:0]    req_row_o,
  output logic [AddrW-1:0]   req_addr_o,
  output logic [Tokens-1:0]  req_mask_o,
  output logic               req_last_o
);

  localparam int ShiftT = $clog2(Tokens);

  // Modulo 2 * Jobs, to tell a full ring from an empty one.
  logic [JobW:0]    job_q;
  logic [RowsW-1:0] row_q, row_next_q, limit, limit_q;
  logic [1:0]       plane_q, last_plane_q;
  logic [JobW-1:0]  place;
  logic [TokW-1:0]  keys_q;
  logic             there, closed_q, ends, more, sent, room_q, below_q;
  logic [1:0]       known_q;
  logic [PosW-1:0]  base, pos_q, ahead;

  assign there = job_q != taken_i;
  assign place = job_q[JobW-1:0];

  always_comb begin
    limit = '0;
    base  = '0;
    for (int p = 0; p < Jobs; p++) begin
      if (place == JobW'(p)) begin
        limit = limit | limit_i[p*RowsW +: RowsW];
        base  = base | base_i[p*PosW +: PosW];
      end
    end
  end

  // A cycle into a job its limit is known, after two its position, and whether there is room at it
  // and at the next.
  assign ends  = known_q[0] && closed_q && row_q == limit_q;
  assign ahead = pos_q - free_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) known_q <= '0;
    else if (!there || ends) known_q <= '0;
    else known_q <= {known_q[0], 1'b1};
  end

  always_ff @(posedge clk_i) begin
    limit_q  <= limit;
    closed_q <= closed_i[place];
    if (!known_q[0]) pos_q <= base;
    else if (sent && req_last_o) pos_q <= pos_q + PosW'(1);
    keys_q       <= keys_i;
    last_plane_q <= k_start_i - 2'd1;
    room_q <= ahead[PosW-1:AddrW] == '0 && ahead[AddrW-1:0] < AddrW'(2 ** AddrW - 2);
  end

  // The limit only grows, so that the one of the cycle before does no harm.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) below_q <= 1'b0;
    else if (!known_q[0] || ends) below_q <= 1'b0;
    else below_q <= ((sent && req_last_o) ? row_next_q : row_q) < limit_q;
  end

  assign more        = known_q[1] && room_q && below_q;
  assign req_valid_o = more;
  assign sent        = req_valid_o && req_ready_i;
  assign init_o      = sent && plane_q == '0;
  assign job_o       = place;
  assign req_plane_o = plane_q;
  assign req_row_o   = RowW'(row_q);
  assign req_addr_o  = pos_q[AddrW-1:0];
  assign req_last_o  = plane_q == last_plane_q;

  for (genvar t = 0; t < Tokens; t++) begin : gen_mask
    // Row r is wanted of lane t if r * T + t < keys.
    logic [TokW-1:0] whole;
    assign whole = keys_q >> ShiftT;
    if (t == Tokens - 1) begin : gen_last  // only whole rows have it
      assign req_mask_o[t] = TokW'(row_q) < whole;
    end else begin : gen_lane
      assign req_mask_o[t] = TokW'(row_q) < whole
          || (TokW'(row_q) == whole && ShiftT'(t) < keys_q[ShiftT-1:0]);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      job_q   <= '0;
      row_q   <= '0;
      plane_q <= '0;
      row_next_q <= RowsW'(1);
    end else if (sent) begin
      plane_q <= req_last_o ? '0 : plane_q + 2'd1;
      if (req_last_o) begin
        row_q      <= row_next_q;
        row_next_q <= row_next_q + RowsW'(1);
      end
    end else if (ends) begin
      job_q      <= job_q + (JobW + 1)'(1);
      row_q      <= '0;
      row_next_q <= RowsW'(1);
    end
  end

`ifdef HG_FORMAL
  // What hg_attention_job keeps to: jobs are taken in turn and not more than there are places.
  // While a job is in flight its fields are held, its limit grows until it is closed, and the
  // oldest position that is needed moves on, but not beyond what is asked for.
  logic                  f_seen_q, f_stalled_q, f_tight_q, f_there, f_open, f_last;
  logic [JobW:0]         f_taken_q, f_job_q;
  logic [Jobs*RowsW-1:0] f_limits_q;
  logic [Jobs-1:0]       f_closed_q;
  logic [Jobs*PosW-1:0]  f_bases_q;
  logic [PosW-1:0]       f_free_q, f_base, f_pos, f_ahead;
  logic [TokW-1:0]       f_keys_q;
  logic [1:0]            f_planes_q, f_plane_q, f_age_q, f_wait_q, f_end_q;
  logic [31:0]           f_row_q, f_limit;
  logic [JobW+AddrW+RowW+Tokens+2:0] f_ask, f_ask_q;
  wire  [JobW-1:0]       f_place = f_job_q[JobW-1:0];
  wire                   f_sent  = req_valid_o && req_ready_i;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;

  // The requests as they have to be: rows 0, 1, ... of jobs 0, 1, ..., planes 0, 1, ... of a row.
  always_comb begin
    f_there = f_job_q != taken_i;
    f_limit = 32'(limit_i[f_place*RowsW +: RowsW]);
    f_base  = base_i[f_place*PosW +: PosW];
    f_pos   = f_base + PosW'(f_row_q);
    f_open  = f_there && f_row_q < f_limit;
    f_ahead = f_pos - free_i;
    f_last  = f_plane_q == k_start_i - 2'd1;
    f_ask   = {job_q[JobW-1:0], req_addr_o, req_row_o, req_plane_o, req_mask_o, req_last_o};
    assume (rst_ni == f_seen_q);
    assume (taken_i == f_taken_q || taken_i == f_taken_q + (JobW + 1)'(1));
    assume (taken_i - f_job_q <= (JobW + 1)'(Jobs));
    for (int p = 0; p < Jobs; p++) begin
      assume (32'(limit_i[p*RowsW +: RowsW]) <= MaxTokens / Tokens);
      // In flight in the cycle before, and the stream has not done with it.
      if (JobW'(p) - f_place < f_taken_q - f_job_q) begin
        assume (base_i[p*PosW +: PosW] == f_bases_q[p*PosW +: PosW]);
        assume (limit_i[p*RowsW +: RowsW] >= f_limits_q[p*RowsW +: RowsW]);
        if (f_closed_q[p]) begin
          assume (closed_i[p] && limit_i[p*RowsW +: RowsW] == f_limits_q[p*RowsW +: RowsW]);
        end
      end
    end
    if (f_there && f_age_q != 2'd0) begin
      assume (keys_i == f_keys_q && k_start_i == f_planes_q);
    end
    if (f_there && f_limit != 32'd0) assume (k_start_i != 2'd0);
    if (f_age_q > 2'd1) assume (f_ahead <= PosW'(f_pos - f_free_q));
  end

  always @(posedge clk_i) begin
    f_limits_q <= limit_i;
    f_closed_q <= closed_i;
    f_bases_q  <= base_i;
    f_free_q   <= free_i;
    f_keys_q   <= keys_i;
    f_planes_q <= k_start_i;
    f_ask_q    <= f_ask;
    f_tight_q  <= 32'(f_ahead) >= 2 ** AddrW - 2;
    if (!rst_ni) begin
      f_taken_q   <= '0;
      f_job_q     <= '0;
      f_row_q     <= '0;
      f_plane_q   <= '0;
      f_age_q     <= '0;
      f_wait_q    <= '0;
      f_end_q     <= '0;
      f_stalled_q <= 1'b0;
    end else begin
      f_taken_q   <= taken_i;
      f_stalled_q <= req_valid_o && !req_ready_i;
      // Cycles into a job, in which a request could leave and does not, and after its last row.
      f_age_q  <= (!f_there || ends) ? 2'd0 : (f_age_q == 2'd3) ? 2'd3 : f_age_q + 2'd1;
      f_wait_q <= (f_open && 32'(f_ahead) < 2 ** AddrW - 2 && !req_valid_o)
                  ? f_wait_q + 2'd1 : 2'd0;
      f_end_q  <= (f_there && closed_i[f_place] && f_row_q == f_limit && !ends)
                  ? f_end_q + 2'd1 : 2'd0;
      if (f_sent) begin
        f_plane_q <= f_last ? 2'd0 : f_plane_q + 2'd1;
        f_row_q   <= f_row_q + 32'(f_last);
      end
      if (ends) begin
        f_job_q <= f_job_q + (JobW + 1)'(1);
        f_row_q <= '0;
      end
    end
    if (rst_ni && f_seen_q) begin
      // Each request is the next one, within the limit and where there is room.
      if (req_valid_o) begin
        assert (f_open && 32'(f_ahead) < 2 ** AddrW && job_o == f_place);
        assert (32'(req_row_o) == f_row_q && req_plane_o == f_plane_q && req_last_o == f_last);
        assert (req_addr_o == f_pos[AddrW-1:0]);
        for (int t = 0; t < Tokens; t++) begin
          assert (req_mask_o[t] == (f_row_q * Tokens + 32'(t) < 32'(keys_i)));
        end
      end
      // What waits is held; only the last row but one that there is room for may be withdrawn.
      if (f_stalled_q) assert (f_ask == f_ask_q && (req_valid_o || f_tight_q));
      assert (init_o == (f_sent && f_plane_q == 2'd0));
      // A job ends when it is closed and all its rows have been asked for, and then soon.
      assert (job_q == f_job_q);
      if (ends) begin
        assert (f_there && closed_i[f_place] && f_row_q == f_limit && f_plane_q == 2'd0);
      end
      assert (f_wait_q < 2'd3 && f_end_q < 2'd3);
      // What induction needs to know of the registers.
      assert (32'(row_q) == f_row_q && 32'(row_next_q) == f_row_q + 32'd1);
      assert (plane_q == f_plane_q && f_row_q <= f_limit + 32'(!f_there));
      assert (known_q == {f_age_q > 2'd1, f_age_q != 2'd0});
      if (f_age_q == 2'd0) assert (f_row_q == '0 && plane_q == '0 && !below_q);
      if (f_age_q == 2'd1) assert (f_row_q == '0 && plane_q == '0 && !below_q);
      if (f_age_q != 2'd0) begin
        assert (f_there && pos_q == f_pos);
        assert (limit_q == f_limits_q[f_place*RowsW +: RowsW] && closed_q == f_closed_q[f_place]);
      end
      if (f_plane_q != 2'd0) assert (f_plane_q < k_start_i && f_row_q < f_limit);
      cover (f_sent && f_row_q == 32'd2 && f_job_q == (JobW + 1)'(Jobs + 1));
    end
  end
`endif

endmodule

`default_nettype wire
