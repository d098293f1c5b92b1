// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Counters of the accelerator: cycles, busy cycles of the engines, bytes. Read combinationally.
module hg_regs_counters #(
  /// Planes of K: 1 to 3.
  parameter int KCount = 3,
  /// Planes of V: 1 to 3.
  parameter int VCount = 3,
  /// Bits of a count of bytes that move in a cycle: 1 to 32.
  parameter int ByteW = 7,
  /// Bits of a count of bytes of streams that move in a cycle: 1 to 32.
  parameter int IoByteW = 4
) (
  /// Clock, rising edge.
  input  logic                    clk_i,
  /// Asynchronous reset, active low.
  input  logic                    rst_ni,
  /// All begin anew.
  input  logic                    clear_i,
  /// Counters begin anew shortly before the carry to their high halves.
  input  logic                    preset_i,
  /// A job is under way.
  input  logic                    running_i,
  /// Engines that work: QK, scores, softmax, PV, the first lowest.
  input  logic [3:0]              busy_i,
  /// Bytes of each plane of K that are read, plane 0 in the low bits.
  input  logic [KCount*ByteW-1:0] k_bytes_i,
  /// Bytes of each plane of V that are read, likewise.
  input  logic [VCount*ByteW-1:0] v_bytes_i,
  /// Bytes of the streams that are read.
  input  logic [IoByteW-1:0]      in_bytes_i,
  /// Bytes of the streams that are written.
  input  logic [IoByteW-1:0]      out_bytes_i,
  /// Offset of a register.
  input  logic [11:2]             addr_i,
  /// Whether it is one of these.
  output logic                    known_o,
  /// The register, or 0; a high half is that of the cycle before.
  output logic [31:0]             data_o
);

  // A slot of 8 bytes for each counter there may be, from CYCLES on.
  localparam int Slots = 16;
  localparam int KSlot = 8;
  localparam int VSlot = 12;
  // Bits of the widest step.
  localparam int StepW = (ByteW > IoByteW) ? ByteW : IoByteW;

  logic [Slots*StepW-1:0] step;
  logic [64*Slots-1:0]    value;
  logic [Slots-1:0]       there;

  assign step[0*StepW +: StepW] = StepW'(running_i);

  for (genvar e = 0; e < 4; e++) begin : gen_busy
    assign step[(1+e)*StepW +: StepW] = StepW'(busy_i[e]);
  end

  assign step[5*StepW +: StepW] = StepW'(in_bytes_i);
  assign step[6*StepW +: StepW] = StepW'(out_bytes_i);
  assign step[7*StepW +: StepW] = '0;

  for (genvar p = 0; p < 4; p++) begin : gen_plane
    if (p < KCount) begin : gen_k
      assign step[(KSlot+p)*StepW +: StepW] = StepW'(k_bytes_i[p*ByteW +: ByteW]);
    end else begin : gen_no_k
      assign step[(KSlot+p)*StepW +: StepW] = '0;
    end
    if (p < VCount) begin : gen_v
      assign step[(VSlot+p)*StepW +: StepW] = StepW'(v_bytes_i[p*ByteW +: ByteW]);
    end else begin : gen_no_v
      assign step[(VSlot+p)*StepW +: StepW] = '0;
    end
  end

  for (genvar s = 0; s < Slots; s++) begin : gen_slot
    if (s < KSlot - 1 || (s >= KSlot && s < KSlot + KCount) || (s >= VSlot && s < VSlot + VCount))
    begin : gen_counter
      hg_regs_counter #(
        .StepW (StepW)
      ) u_counter (
        .clk_i,
        .rst_ni,
        .clear_i,
        .preset_i,
        .step_i (step[s*StepW +: StepW]),
        .low_o  (value[64*s +: 32]),
        .high_o (value[64*s+32 +: 32])
      );
      assign there[s] = 1'b1;
    end else begin : gen_none
      logic unused_step;

      assign unused_step      = ^step[s*StepW +: StepW];
      assign value[64*s +: 64] = '0;
      assign there[s]         = 1'b0;
    end
  end

  assign known_o = {addr_i[11:7], 7'd0} == hg_regs_pkg::CYCLES_LO && there[addr_i[6:3]];

  assign data_o  = known_o ? value[{addr_i[6:2], 5'd0} +: 32] : '0;

endmodule

`default_nettype wire
