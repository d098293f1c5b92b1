// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Makes the commands that write the planes of a token, with their addresses.
///
/// A job is a token and the places of its head's planes. Its commands leave in the order of the
/// planes, K and then V, each of one row at
///
///   channel * channel_stride + base(kind) + offset(plane) + place * stride(plane)
///
/// modulo 2^64, where channel and place are the remainder and the quotient of token and Channels.
/// All sums go through one adder of 16 bits, low part first: each is a turn of four cycles, in
/// which the sum of 64 bits goes round once. Products begin with the top bit of the factor, and
/// double the sum in each turn. A plane takes a turn for each bit of the factor, two more, and two
/// cycles; the first plane of a kind with more than one channel also a turn for each bit of the
/// channel's number and one more.
module hg_plane_address #(
  /// Elements of a head: 8 to 128, a multiple of 8.
  parameter int DHead = 64,
  /// Bits of the planes of K, four bits a plane, top plane lowest.
  parameter int KPlanes = 'h444,
  /// Bits of the planes of V, likewise.
  parameter int VPlanes = 'h444,
  /// How V lies: 0 plane by plane, 1 all planes of a token together, 2 plane by plane with each
  /// vector filled up to a power of two of bytes.
  parameter int VLayout = 0,
  /// Channels: a power of two, 1 to 32.
  parameter int Channels = 1,
  /// Derived: planes of K.
  localparam int KCount = hg_plane_pkg::count(KPlanes),
  /// Derived: planes of V.
  localparam int VCount = hg_plane_pkg::count(VPlanes)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 job_valid_i,
  output logic                 job_ready_o,
  input  logic [15:0]          job_token_i,
  input  logic [63:0]          job_k_base_i,
  input  logic [63:0]          job_v_base_i,
  input  logic [KCount*32-1:0] job_k_offset_i,
  input  logic [VCount*32-1:0] job_v_offset_i,
  input  logic [63:0]          channel_stride_i,
  output logic                 cmd_valid_o,
  input  logic                 cmd_ready_i,
  output logic [63:0]          cmd_addr_o,
  output logic [20:0]          cmd_bytes_o
);

  localparam int Planes  = KCount + VCount;
  localparam int PlaneW  = hg_pkg::idx_width(Planes);
  localparam int List    = hg_plane_pkg::all(KPlanes, VPlanes);
  // Strides are multiples of a power of two, by which the place is shifted.
  localparam int Shift   = hg_plane_pkg::twos(DHead / 8);
  localparam int Most    = hg_plane_pkg::most(DHead / 8, KPlanes, VPlanes, VLayout);
  localparam int FactorW = hg_pkg::cnt_width(Most >> Shift);
  localparam int ChanW   = $clog2(Channels);
  localparam int BitsW   = hg_plane_pkg::larger(FactorW, ChanW);
  // Where the number of the channel begins; with one channel nothing is multiplied by it.
  localparam int ChanAt  = (ChanW == 0) ? 0 : BitsW - ChanW;
  localparam int LeftW   = hg_pkg::idx_width(BitsW);

  typedef enum logic [2:0] {
    Idle,
    Setup,
    Channel,
    Origin,
    Product,
    Offset,
    Base,
    Send
  } state_e;

  state_e               state_d, state_q;
  logic [PlaneW-1:0]    plane_q;
  logic [1:0]           part_q;
  logic                 take, turns, ends, sent, last_k, last, by_channel;
  // Bits of the factor that are left, the next one on top, and what is done in a turn.
  logic [FactorW-1:0]   factor;
  logic [BitsW-1:0]     bits_q;
  logic [LeftW-1:0]     left_q;
  logic                 channel_q, product_q, offsets_q, bases_q, first_q;

  logic [15:0]          token_q;
  logic [63:0]          base_q, v_base_q, acc_q;
  logic [Planes*32-1:0] offset_q;

  assign job_ready_o = state_q == Idle;
  assign cmd_valid_o = state_q == Send;
  assign take        = job_valid_i && job_ready_o;
  assign turns       = channel_q || product_q || offsets_q || bases_q;
  assign ends        = part_q == 2'd3;
  assign sent        = cmd_valid_o && cmd_ready_i;
  assign last_k      = plane_q == PlaneW'(KCount - 1);
  assign last        = plane_q == PlaneW'(Planes - 1);
  // The first plane of a kind begins with the channel.
  assign by_channel  = Channels > 1 && (plane_q == '0 || plane_q == PlaneW'(KCount));

  always_comb begin
    state_d = state_q;
    case (state_q)
      Idle:    if (take) state_d = Setup;
      Setup: begin
        if (by_channel) state_d = Channel;
        else state_d = Product;
      end
      Channel: if (ends && left_q == '0) state_d = Origin;
      Origin:  if (ends) state_d = Product;
      Product: if (ends && left_q == '0) state_d = Offset;
      Offset:  if (ends) state_d = Base;
      Base:    if (ends) state_d = Send;
      Send: begin
        if (sent && last) state_d = Idle;
        else if (sent) state_d = Setup;
      end
      default: state_d = Idle;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q   <= Idle;
      channel_q <= 1'b0;
      product_q <= 1'b0;
      offsets_q <= 1'b0;
      bases_q   <= 1'b0;
      part_q    <= 2'd0;
      plane_q   <= '0;
    end else begin
      state_q   <= state_d;
      channel_q <= state_d == Channel;
      product_q <= state_d == Product;
      offsets_q <= state_d == Offset;
      bases_q   <= state_d == Origin || state_d == Base;
      if (turns) part_q <= part_q + 2'd1;
      if (sent) plane_q <= last ? '0 : plane_q + PlaneW'(1);
    end
  end

  always_comb begin
    factor      = '0;
    cmd_bytes_o = '0;
    for (int p = 0; p < Planes; p++) begin
      if (plane_q == PlaneW'(p)) begin
        // A sum, as Icarus 11 casts no call of a package's function.
        factor      = FactorW'(0 + hg_plane_pkg::factor(DHead / 8, KPlanes, VPlanes, VLayout, p));
        cmd_bytes_o = 21'(DHead / 8 * hg_plane_pkg::width(List, p));
      end
    end
  end

  // What is added, part by part.
  logic [31:0] place;
  logic [15:0] of_stride, of_place, of_offset, of_base, addend, so_far;
  logic [16:0] sum;
  logic        adds, carry_q, out_bit_q;

  assign adds      = bits_q[BitsW-1];
  assign place     = {16'd0, token_q >> ChanW} << Shift;
  assign of_stride = (channel_q && adds) ? channel_stride_i[16*part_q +: 16] : 16'd0;
  assign of_place  = (!product_q || !adds || part_q[1]) ? 16'd0
                     : part_q[0] ? place[31:16] : place[15:0];
  assign of_offset = (offsets_q && !part_q[1]) ? offset_q[15:0] : 16'd0;
  assign of_base   = bases_q ? base_q[15:0] : 16'd0;
  assign addend    = of_stride | of_place | of_offset | of_base;
  assign so_far    = (offsets_q || bases_q) ? acc_q[15:0]
                     : first_q ? 16'd0 : {acc_q[14:0], out_bit_q};
  assign sum       = {1'b0, so_far} + {1'b0, addend} + 17'(carry_q);

  always_ff @(posedge clk_i) begin
    carry_q   <= turns && !ends && sum[16];
    out_bit_q <= turns && !ends && acc_q[15];
    if (turns) acc_q <= {sum[15:0], acc_q[63:16]};
    if (!turns || (state_q == Origin && ends)) begin
      // A product is next.
      first_q <= 1'b1;
      bits_q  <= BitsW'(factor) << (BitsW - FactorW);
      left_q  <= LeftW'(FactorW - 1);
      if (state_q == Setup && by_channel) begin
        bits_q <= BitsW'(token_q) << ChanAt;
        left_q <= LeftW'(ChanW - 1);
      end
    end else if (ends) begin
      first_q <= 1'b0;
      bits_q  <= bits_q << 1;
      left_q  <= left_q - LeftW'(1);
    end
  end

  // Places of the planes; what has been added is moved away, bases go round.
  always_ff @(posedge clk_i) begin
    if (take) begin
      token_q  <= job_token_i;
      v_base_q <= job_v_base_i;
    end
    if (take) base_q <= job_k_base_i;
    else if (sent && last_k) base_q <= v_base_q;
    else if (state_q == Origin) base_q <= {sum[15:0], base_q[63:16]};
    else if (bases_q) base_q <= {base_q[15:0], base_q[63:16]};
    if (take) offset_q <= {job_v_offset_i, job_k_offset_i};
    else if (offsets_q && !part_q[1]) offset_q <= {16'd0, offset_q[Planes*32-1:16]};
  end

  assign cmd_addr_o = acc_q;

  if (Channels == 1) begin : gen_one
    logic unused_stride;
    assign unused_stride = ^channel_stride_i;
  end

`ifdef HG_FORMAL
  // Two proofs: with HG_TURNS that the sums are those of the definition, turn by turn, and without
  // that each turn makes its sum, part by part, and commands have the last one.
  //
  // A job as it came; where its kind begins, and the sum when the turn began.
  logic                 f_seen_q, f_waits_q;
  logic [63:0]          f_stride_q, f_k_base_q, f_begin_q, f_old_q;
  logic [Planes*32-1:0] f_offset_q;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    if (state_q != Idle) assume (channel_stride_i == f_stride_q);
  end

  // What a turn adds to what, as numbers of 64 bits.
  wire         f_doubles = channel_q || product_q;
  wire [31:0]  f_offset  = f_offset_q[32*plane_q +: 32];
  wire [15:0]  f_channel = token_q & 16'(Channels - 1);
  wire [63:0]  f_from    = !f_doubles ? f_old_q : first_q ? 64'd0 : f_old_q << 1;
  wire [63:0]  f_add     = offsets_q ? 64'(f_offset) : bases_q ? f_begin_q
                           : !adds ? 64'd0 : channel_q ? f_stride_q : 64'(place);
`ifdef HG_TURNS
  wire [63:0]  f_sum     = f_from + f_add;
`else
  // The sum in four parts, each with its carry.
  wire [16:0]  f_sum0    = {1'b0, f_from[15:0]} + {1'b0, f_add[15:0]};
  wire [16:0]  f_sum1    = {1'b0, f_from[31:16]} + {1'b0, f_add[31:16]} + 17'(f_sum0[16]);
  wire [16:0]  f_sum2    = {1'b0, f_from[47:32]} + {1'b0, f_add[47:32]} + 17'(f_sum1[16]);
  wire [15:0]  f_sum3    = f_from[63:48] + f_add[63:48] + 16'(f_sum2[16]);
  wire [63:0]  f_sum     = {f_sum3, f_sum2[15:0], f_sum1[15:0], f_sum0[15:0]};
  // What has gone round of the sum and of the number before, and what one part hands to the next.
  logic [63:0] f_acc, f_new, f_round;
  logic        f_carry, f_out;

  always_comb begin
    case (part_q)
      2'd0: begin
        {f_carry, f_out} = 2'b00;
        f_acc   = f_old_q;
        f_new   = f_begin_q;
        f_round = f_begin_q;
      end
      2'd1: begin
        {f_carry, f_out} = {f_sum0[16], f_old_q[15]};
        f_acc   = {f_sum[15:0], f_old_q[63:16]};
        f_new   = {f_sum[15:0], f_begin_q[63:16]};
        f_round = {f_begin_q[15:0], f_begin_q[63:16]};
      end
      2'd2: begin
        {f_carry, f_out} = {f_sum1[16], f_old_q[31]};
        f_acc   = {f_sum[31:0], f_old_q[63:32]};
        f_new   = {f_sum[31:0], f_begin_q[63:32]};
        f_round = {f_begin_q[31:0], f_begin_q[63:32]};
      end
      default: begin
        {f_carry, f_out} = {f_sum2[16], f_old_q[47]};
        f_acc   = {f_sum[47:0], f_old_q[63:48]};
        f_new   = {f_sum[47:0], f_begin_q[63:48]};
        f_round = {f_begin_q[47:0], f_begin_q[63:48]};
      end
    endcase
  end

  always_comb begin
    if (rst_ni) begin
      // The parts that are done are those of the sum, with what they hand on.
      assert (f_sum == f_from + f_add);
      assert (acc_q == (turns ? f_acc : f_old_q));
      if (turns) assert (carry_q == f_carry && (!f_doubles || out_bit_q == f_out));
      if (state_q == Base) assert (base_q == f_round);
      else if (state_q == Origin) assert (base_q == f_new);
      else if (state_q != Idle) assert (base_q == f_begin_q);
      // A command has the sum of the last turn, and stays.
      if (cmd_valid_o) assert (cmd_addr_o == f_old_q);
      if (f_waits_q) assert (cmd_valid_o);
    end
  end
`endif
  wire [9:0]   f_gone    = {2'b00, 3'(plane_q), 5'd0}
                           + (offsets_q ? (part_q[1] ? 10'd32 : {5'd0, part_q[0], 4'd0})
                              : (state_q == Base || state_q == Send) ? 10'd32 : 10'd0);
  // Products of the bits so far.
  wire [4:0]   f_left    = 5'(left_q) + 5'd1;
  wire [FactorW-1:0] f_bits = product_q ? factor >> f_left : factor;
  wire [15:0]  f_some    = channel_q ? f_channel >> f_left : f_channel;
  logic [31:0] f_places, f_place;
  logic [63:0] f_channels, f_address;
  wire [63:0]  f_base    = (plane_q >= PlaneW'(KCount)) ? v_base_q : f_k_base_q;

  always_comb begin
    f_channels = 64'd0;
    f_places   = 32'd0;
    f_place    = 32'd0;
    for (int c = 1; c < Channels; c++) if (32'(f_some) == c) f_channels = f_stride_q * 64'(c);
    for (int b = 0; b < FactorW; b++) if (f_bits[b]) f_places = f_places + (place << b);
    for (int p = 0; p < Planes; p++) begin
      if (plane_q == PlaneW'(p)) begin
        f_place = 32'(token_q >> ChanW)
                  * 32'(hg_plane_pkg::stride(DHead / 8, KPlanes, VPlanes, VLayout, p));
      end
    end
    f_address = (64'(f_place) + 64'(f_offset)) + (f_base + f_channels);
  end

  always @(posedge clk_i) begin
    f_waits_q <= rst_ni && cmd_valid_o && !cmd_ready_i;
    if (take) begin
      f_k_base_q <= job_k_base_i;
      f_offset_q <= {job_v_offset_i, job_k_offset_i};
      f_stride_q <= channel_stride_i;
      f_begin_q  <= job_k_base_i;
    end else if (sent && last_k) begin
      f_begin_q <= v_base_q;
    end else if (state_q == Origin && ends) begin
      f_begin_q <= f_sum;
    end
    if (!rst_ni) f_old_q <= acc_q;
    else if (turns && ends) f_old_q <= f_sum;
    cover (rst_ni && sent && last);
  end

  always_comb begin
    if (rst_ni) begin
      // The state in two forms, and where in a turn it is.
      assert (channel_q == (state_q == Channel) && product_q == (state_q == Product));
      assert (offsets_q == (state_q == Offset));
      assert (bases_q == (state_q == Base || state_q == Origin));
      assert (32'(plane_q) < Planes && (turns || part_q == 2'd0));
      assert (Channels > 1 || (state_q != Channel && state_q != Origin));
      if (state_q == Channel || state_q == Origin) assert (by_channel);
      if (state_q == Idle) assert (plane_q == '0);
      if (product_q) begin
        assert (32'(left_q) < FactorW && first_q == (32'(left_q) == FactorW - 1));
        assert (bits_q == BitsW'(BitsW'(factor) << (BitsW - 1 - 32'(left_q))));
      end
      if (channel_q) begin
        assert (32'(left_q) < ChanW && first_q == (32'(left_q) == ChanW - 1));
        assert (bits_q == BitsW'(BitsW'(f_channel) << (BitsW - 1 - 32'(left_q))));
      end
      if (state_q != Idle) assert (offset_q == f_offset_q >> f_gone);
`ifdef HG_TURNS
      // Turn by turn the sum is that of the definition.
      if (channel_q && !first_q) assert (f_old_q == f_channels);
      if (state_q == Origin) assert (f_old_q == f_channels);
      if (state_q == Channel || state_q == Origin || (state_q == Setup && by_channel)) begin
        assert (f_begin_q == f_base);
      end else if (state_q != Idle) begin
        assert (f_begin_q == f_base + f_channels);
      end
      if (product_q && !first_q) assert (f_old_q == 64'(f_places));
      if (offsets_q) assert (f_old_q == 64'(f_places));
      if (state_q == Base) assert (f_old_q == 64'(f_places) + 64'(f_offset));
      if (cmd_valid_o) assert (f_old_q == 64'(f_places) + 64'(f_offset) + f_begin_q);
      if (!product_q) assert (f_places == f_place);
      if (cmd_valid_o) assert (f_old_q == f_address);
`endif
    end
  end
`endif

endmodule

`default_nettype wire
