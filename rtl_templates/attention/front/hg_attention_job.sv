// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Front of the attention core: takes jobs, checks them, admits their queries.
///
/// A job takes a place in a ring of `Jobs`, and the next rows of the K and V buffers, which are
/// rings, too: its rows lie from `base_o` on, a position whose low bits are the address. Three
/// counters run behind the taking of jobs: the K stream (kept by hg_attention_stream), the last
/// use of K (`k_done_i`, at the commit of the job's last query) and the end (`done_i`, with its
/// last statistics beat), which frees the place. `k_free_o` and `v_free_o` are the positions
/// of the oldest rows that K and V still need.
///
/// A legal job's queries are admitted one after the other, each with the number of keys it
/// sees; `limit` says up to which row the K stream may run by now and `closed` that it grows no
/// further. An illegal job's queries are dropped, but for one empty query that carries the error
/// code through the core, so that its answer comes in its turn. Of several errors the lowest
/// code is told. A query costs one cycle, a job two more.
module hg_attention_job #(
  /// Most keys of a job, 8 to 4096.
  parameter int MaxTokens = 1024,
  /// Keys a row; a power of two, 1 and up.
  parameter int Tokens = 1,
  /// Planes of K, 1 to 3.
  parameter int KPlanes = 3,
  /// Planes of V, 1 to 3.
  parameter int VPlanes = 3,
  /// Jobs in flight: a power of two, 4 to 64.
  parameter int Jobs = 8,
  /// Derived: bits of a job's place.
  localparam int JobW = hg_pkg::idx_width(Jobs),
  /// Derived: bits of a count of keys.
  localparam int TokW = hg_pkg::cnt_width(MaxTokens),
  /// Bits of a position in the buffers: an address, and those of a job's place.
  parameter int PosW = 14,
  /// Derived: bits of a count of rows.
  localparam int RowsW = hg_pkg::cnt_width(MaxTokens / Tokens)
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               job_valid_i,
  output logic               job_ready_o,
  input  logic [TokW-1:0]    job_keys_i,
  input  logic               job_causal_i,
  input  logic [TokW-1:0]    job_first_i,
  input  logic [1:0]         job_k_start_i,
  input  logic [1:0]         job_k_max_i,
  input  logic [1:0]         job_v_count_i,
  input  logic [1:0]         job_rule_i,
  input  logic [1:0]         job_select_i,
  input  logic [TokW-1:0]    job_k_i,
  input  logic [16:0]        job_mass_i,
  // The place that a job being taken gets, and whether no job is in flight.
  output logic               take_o,
  output logic [JobW-1:0]    take_place_o,
  output logic               idle_o,
  input  logic               query_valid_i,
  output logic               query_ready_o,
  input  logic               query_last_i,
  // A query is admitted to a context: its job, keys, rows, error code and whether it is the last.
  input  logic               context_free_i,
  output logic               admit_o,
  output logic [JobW-1:0]    admit_job_o,
  output logic [PosW-1:0]    admit_base_o,
  output logic [TokW-1:0]    admit_keys_o,
  output logic [RowsW-1:0]   admit_rows_o,
  output logic [2:0]         admit_error_o,
  output logic               admit_last_o,
  // For each place: rows that the K stream may request, and that they grow no further.
  output logic [Jobs*RowsW-1:0] limit_o,
  output logic [Jobs-1:0]    closed_o,
  output logic [Jobs*PosW-1:0] base_o,
  // Jobs taken, modulo 2 * Jobs; the ends of their use of K and of themselves, which free their
  // rows.
  output logic [JobW:0]      taken_o,
  input  logic               k_done_i,
  output logic [PosW-1:0]    k_free_o,
  input  logic               done_i,
  output logic [PosW-1:0]    v_free_o
);

  localparam int ShiftT = $clog2(Tokens);
  // Bit n: n planes can be fetched.
  localparam logic [3:0] KLegal = 4'(2 ** (KPlanes + 1) - 2);
  localparam logic [3:0] VLegal = 4'(2 ** (VPlanes + 1) - 2);

  localparam logic [2:0] ErrorKeys   = 3'd1;
  localparam logic [2:0] ErrorK      = 3'd2;
  localparam logic [2:0] ErrorPlanes = 3'd3;
  localparam logic [2:0] ErrorRule   = 3'd4;
  localparam logic [2:0] ErrorMass   = 3'd5;

  typedef enum logic [1:0] {Idle, Check, Admit, Drop} state_e;
  state_e state_d, state_q;

  logic [JobW:0]    taken_q, k_done_q, done_q;
  logic             full_q, taken, placed_q;
  logic [JobW-1:0]  place, k_place, v_place;
  logic [RowsW-1:0] rows_q;
  logic [PosW-1:0]  next_q, base_q, k_free_d, v_free_d, k_free_q, v_free_q;
  logic [TokW-1:0]  keys_q, first_q, k_q, visible_d, visible_q;
  logic             causal_q;
  logic [1:0]       k_start_q, k_max_q, v_count_q, rule_q, select_q;
  logic [16:0]      mass_q;
  logic [2:0]       error, error_q;

  assign job_ready_o = state_q == Idle && !full_q;
  assign taken       = job_valid_i && job_ready_o;
  assign take_o      = taken;
  assign take_place_o = taken_q[JobW-1:0];
  assign idle_o      = taken_q == done_q && state_q == Idle;
  // While its queries come the newest job is the one that was taken last.
  assign place       = taken_q[JobW-1:0] - JobW'(1);
  assign taken_o     = taken_q;
  assign k_free_o    = k_free_q;
  assign v_free_o    = v_free_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      taken_q  <= '0;
      k_done_q <= '0;
      done_q   <= '0;
      full_q   <= 1'b0;
    end else begin
      taken_q  <= taken_q + (JobW + 1)'(taken);
      k_done_q <= k_done_q + (JobW + 1)'(k_done_i);
      done_q   <= done_q + (JobW + 1)'(done_i);
      // As of the next cycle, unless a job is being taken: then it is looked at cycles later.
      full_q   <= taken_q - done_q == (JobW + 1)'(Jobs) && !done_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (taken) begin
      keys_q    <= job_keys_i;
      first_q   <= job_first_i;
      causal_q  <= job_causal_i;
      k_start_q <= job_k_start_i;
      k_max_q   <= job_k_max_i;
      v_count_q <= job_v_count_i;
      rule_q    <= job_rule_i;
      select_q  <= job_select_i;
      k_q       <= job_k_i;
      mass_q    <= job_mass_i;
    end
  end

  always_comb begin
    error = '0;
    if (mass_q > 17'd65536) error = ErrorMass;
    if (rule_q == 2'd3 || select_q == 2'd3) error = ErrorRule;
    if (k_start_q == '0 || k_max_q < k_start_q || !KLegal[k_max_q]) error = ErrorPlanes;
    if (!VLegal[v_count_q]) error = ErrorPlanes;
    if (select_q == 2'd1 && k_q == '0) error = ErrorK;
    if (keys_q == '0 || keys_q > TokW'(MaxTokens)) error = ErrorKeys;
  end

  // The rows of a job follow those of the one before; an illegal job has none.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      placed_q <= 1'b0;
      next_q   <= '0;
    end else begin
      placed_q <= state_q == Check && error == '0;
      if (placed_q) next_q <= next_q + PosW'(rows_q);
    end
  end

  always_ff @(posedge clk_i) begin
    if (taken) base_q <= next_q;
    rows_q   <= RowsW'((keys_q + TokW'(Tokens - 1)) >> ShiftT);
    k_free_q <= k_free_d;
    v_free_q <= v_free_d;
  end

  assign k_place = k_done_q[JobW-1:0];
  assign v_place = done_q[JobW-1:0];

  always_comb begin
    k_free_d = '0;
    v_free_d = '0;
    for (int p = 0; p < Jobs; p++) begin
      if (k_place == JobW'(p)) k_free_d = k_free_d | base_o[p*PosW +: PosW];
      if (v_place == JobW'(p)) v_free_d = v_free_d | base_o[p*PosW +: PosW];
    end
  end

  // Keys that the next query sees: all, or with `causal` one more for each query.
  always_comb begin
    visible_d = visible_q;
    if (state_q == Check) begin
      visible_d = (causal_q && first_q < keys_q) ? first_q + TokW'(1) : keys_q;
    end else if (admit_o && visible_q < keys_q) begin
      visible_d = visible_q + TokW'(1);
    end
  end

  // An error keeps the code; the dropped queries end with the one that carries it.
  always_comb begin
    state_d       = state_q;
    query_ready_o = 1'b0;
    admit_o       = 1'b0;
    case (state_q)
      Idle: if (taken) state_d = Check;
      Check: begin
        if (error == '0) state_d = Admit;
        else state_d = Drop;
      end
      Admit: begin
        query_ready_o = context_free_i;
        admit_o       = query_valid_i && context_free_i;
        if (admit_o && query_last_i) state_d = Idle;
      end
      default: begin
        query_ready_o = context_free_i;
        admit_o       = query_valid_i && context_free_i && query_last_i;
        if (admit_o) state_d = Idle;
      end
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) state_q <= Idle;
    else state_q <= state_d;
  end

  always_ff @(posedge clk_i) begin
    visible_q <= visible_d;
    if (state_q == Check) error_q <= error;
  end

  assign admit_job_o   = place;
  assign admit_base_o  = base_q;
  assign admit_keys_o  = visible_q;
  assign admit_rows_o  = RowsW'((visible_q + TokW'(Tokens - 1)) >> ShiftT);
  assign admit_error_o = error_q;
  assign admit_last_o  = query_last_i;

  for (genvar p = 0; p < Jobs; p++) begin : gen_place
    logic [RowsW-1:0] limit_q;
    logic             closed_q;
    logic [PosW-1:0]  own_q;
    always_ff @(posedge clk_i) begin
      if (taken && taken_q[JobW-1:0] == JobW'(p)) own_q <= next_q;
    end
    assign base_o[p*PosW +: PosW] = own_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        limit_q  <= '0;
        closed_q <= 1'b0;
      end else if (taken && taken_q[JobW-1:0] == JobW'(p)) begin
        limit_q  <= '0;
        closed_q <= 1'b0;
      end else if (admit_o && place == JobW'(p)) begin
        if (state_q == Admit) limit_q <= admit_rows_o;
        closed_q <= query_last_i;
      end
    end
    assign limit_o[p*RowsW +: RowsW] = limit_q;
    assign closed_o[p]               = closed_q;
  end

`ifdef HG_FORMAL
  // The job's fields as they were taken, its error, and how many queries have come.
  logic        f_seen_q, f_causal_q;
  logic [2:0]  f_error_q, f_error;
  logic [31:0] f_keys_q, f_first_q, f_index_q, f_sees;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    if (taken_q == done_q) assume (!done_i);
    if (taken_q == k_done_q) assume (!k_done_i);
    // The lowest code that applies.
    if (job_keys_i == '0 || 32'(job_keys_i) > MaxTokens) f_error = 3'd1;
    else if (job_select_i == 2'd1 && job_k_i == '0) f_error = 3'd2;
    else if (job_k_start_i == 2'd0 || job_k_max_i < job_k_start_i || 32'(job_k_max_i) > KPlanes
             || job_v_count_i == 2'd0 || 32'(job_v_count_i) > VPlanes) f_error = 3'd3;
    else if (job_rule_i == 2'd3 || job_select_i == 2'd3) f_error = 3'd4;
    else if (job_mass_i > 17'd65536) f_error = 3'd5;
    else f_error = 3'd0;
    f_sees = f_keys_q;
    if (f_causal_q && f_first_q + f_index_q + 32'd1 < f_keys_q) begin
      f_sees = f_first_q + f_index_q + 32'd1;
    end
  end
  always @(posedge clk_i) begin
    if (job_valid_i && job_ready_o) begin
      f_error_q  <= f_error;
      f_keys_q   <= 32'(job_keys_i);
      f_first_q  <= 32'(job_first_i);
      f_causal_q <= job_causal_i;
      f_index_q  <= 32'd0;
    end else if (admit_o && f_index_q < 2 * MaxTokens) begin
      f_index_q <= f_index_q + 32'd1;
    end
    if (rst_ni && f_seen_q) begin
      assert (taken_q - done_q <= (JobW + 1)'(Jobs));
      if (state_q != Check) assert (full_q == !(taken_q - done_q != (JobW + 1)'(Jobs)));
      assert (job_ready_o == (state_q == Idle && taken_q - done_q != (JobW + 1)'(Jobs)));
      if (state_q == Check) begin
        assert (error == f_error_q && f_index_q == 32'd0);
        assert (32'(keys_q) == f_keys_q && 32'(first_q) == f_first_q && causal_q == f_causal_q);
      end
      if (state_q == Admit || state_q == Drop) begin
        assert (error_q == f_error_q && (state_q == Admit) == (f_error_q == 3'd0));
        assert (32'(keys_q) == f_keys_q);
      end
      if (state_q == Admit) begin
        assert (32'(admit_keys_o) == f_sees && f_index_q <= 2 * MaxTokens);
        assert (f_keys_q != 32'd0 && f_keys_q <= MaxTokens && f_first_q < 2 ** TokW);
        assert (admit_o == (query_valid_i && query_ready_o));
      end
      // A job that is refused admits nothing but its last query.
      if (state_q == Drop && admit_o) assert (query_last_i);
      cover (state_q == Admit && f_index_q == 32'd3);
    end
  end

  // Of a place picked at random: where its rows lie, up to which the stream may run, and whether
  // they grow no further. Rows of a legal job follow those of the one before.
  (* anyconst *) logic [JobW-1:0] f_place;
  logic             f_closed_q, f_k_here_q, f_v_here_q;
  logic [31:0]      f_limit_q, f_rows;
  logic [PosW-1:0]  f_base_q, f_base_q2, f_next_q, f_base;
  logic [31:0]      f_limit;
  logic             f_closed;
  logic f_age_q;
  initial f_age_q = 1'b0;
  always @(posedge clk_i) f_age_q <= rst_ni && f_seen_q;
  always_comb begin
    f_rows = (f_keys_q + Tokens - 32'd1) / Tokens;
    {f_base, f_limit, f_closed} = '0;
    for (int p = 0; p < Jobs; p++) begin
      if (f_place == JobW'(p)) begin
        f_base   = base_o[p*PosW +: PosW];
        f_limit  = 32'(limit_o[p*RowsW +: RowsW]);
        f_closed = closed_o[p];
      end
    end
  end
  always @(posedge clk_i) begin
    f_base_q2  <= f_base;
    f_k_here_q <= k_done_q[JobW-1:0] == f_place;
    f_v_here_q <= done_q[JobW-1:0] == f_place;
    if (!rst_ni) begin
      f_next_q   <= '0;
      f_limit_q  <= '0;
      f_closed_q <= 1'b0;
    end else begin
      if (state_q == Check && f_error_q == 3'd0) f_next_q <= f_next_q + PosW'(f_rows);
      if (take_o && take_place_o == f_place) begin
        f_limit_q  <= '0;
        f_closed_q <= 1'b0;
      end else if (admit_o && admit_job_o == f_place) begin
        if (f_error_q == 3'd0) f_limit_q <= (f_sees + Tokens - 32'd1) / Tokens;
        f_closed_q <= query_last_i;
      end
    end
    if (take_o && take_place_o == f_place) f_base_q <= f_next_q;
    if (rst_ni && f_seen_q) begin
      assert (f_limit == f_limit_q && f_closed == f_closed_q);
      if (placed_q) assert (32'(rows_q) == f_rows && f_next_q == next_q + PosW'(rows_q));
      else assert (f_next_q == next_q);
      if (admit_o) assert (admit_job_o == JobW'(taken_q - (JobW + 1)'(1)));
      if (state_q != Idle && take_place_o == f_place + JobW'(1)) begin
        assert (admit_base_o == f_base && f_base == f_base_q);
      end
      // A cycle later the oldest rows that are needed are those of the oldest job.
      if (f_age_q && f_k_here_q) assert (k_free_o == f_base_q2);
      if (f_age_q && f_v_here_q) assert (v_free_o == f_base_q2);
    end
  end
`endif

endmodule

`default_nettype wire
