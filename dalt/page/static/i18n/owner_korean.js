// What the owner's page says in Korean, beside what both pages say.

/** @import { OwnerPhrase } from "../types.js" */

/** @type {Record<OwnerPhrase, string>} */
export const OWNER_KOREAN = {
  owner_page: "현황",
  owner_waiting: "프로젝트를 여는 중…",
  owner_sections: "항목",
  owner_back: "현황으로 돌아가기",
  owner_busy: "계산 중…",
  to_labeling: "라벨링하러 가기",
  just_now: "방금",

  // Progress.
  progress_title: "진행 상황",
  labelled: "라벨링됨",
  made_of: "{all}개 중 {made}개",
  suggestions_right: "제안 정확도",
  of_drawn: "무작위 샘플 {n}개로 확인",
  of_drawn_one: "무작위 샘플 1개로 확인",
  no_accuracy: "무작위 샘플이 라벨링되면 표시됩니다",
  left: "남은 샘플",
  no_pace_yet: "라벨 10개부터 예상 시간이 표시됩니다",
  pace_left: "라벨당 {value}초: 한 사람이 {low}~{high} 걸립니다",
  pace_only: "라벨당 {value}초",
  skips: "건너뜀",
  gold: "정답 샘플",
  decided: "결정됨",
  no_samples: "아직 샘플이 없습니다. project.add_images(…), add_texts, add_table, add_audio로 추가하세요.",
  training_failed: "학습 실패: {message}",
  training_stopped: "학습이 멈춰 있습니다. 라벨은 저장됩니다.",
  not_trained: "아직 제안이 없습니다. 라벨이 몇 개 모이면 시작됩니다.",
  curve_title: "학습 곡선",
  curve_later: "무작위 샘플이 몇 개 라벨링되면 학습 곡선이 표시됩니다.",
  curve_told: "라벨 {n}개에서 제안의 {value}가 맞습니다.",
  by_class: "클래스별 라벨 수",
  more_classes: "외 클래스 {n}개",
  more_classes_one: "외 클래스 1개",

  // People.
  people_title: "작업자",
  people_none: "아직 아무도 라벨링하지 않았습니다.",
  people_hint: "범위는 95 % 신뢰구간입니다. 일치도: 답이 다른 사람들의 답이나 결정과 같은 비율입니다.",
  annotator: "이름",
  labels: "라벨",
  seconds: "라벨당 초",
  agreement_column: "일치도",
  gold_column: "정답 샘플 정답률",
  last_seen: "마지막 작업",
  interval_of: "{low}~{high}, {n}개 기준",

  // Agreement.
  agreement_title: "일치도",
  agreement_none: "두 사람이 함께 라벨링한 샘플이 아직 없어 비교할 수 없습니다.",
  agreement_undefined: "모든 답이 같은 클래스라서 우연을 넘는 일치도를 잴 수 없습니다.",
  not_comparable: "샘플마다 클래스가 하나인 프로젝트에서만 계산합니다.",
  alpha: "크리펜도르프 알파",
  alpha_blind: "블라인드 라벨만",
  alpha_blind_hint: "따라갈 제안을 보지 않은 답입니다.",
  alpha_reliable: "라벨을 믿을 수 있습니다. 우연보다 훨씬 많이 일치합니다.",
  alpha_tentative: "일치하지만 확실하지는 않습니다. 지침을 더 분명히 하면 좋습니다.",
  alpha_poor: "믿기에는 일치도가 너무 낮습니다. 의견이 갈린 샘플을 보고 지침을 더 분명히 하세요.",
  same_answers: "답의 {value}가 같음",
  on_samples: "샘플 {n}개",
  on_samples_one: "샘플 1개",
  kappa_title: "두 사람씩의 코헨 카파",
  kappa_hint: "1은 완전한 일치, 0은 우연과 같은 수준입니다.",

  // Confusion.
  confusion_title: "무엇을 무엇으로 혼동하는가",
  confusion_none: "두 사람이 같은 샘플을 라벨링하거나 샘플이 결정되면 표시됩니다.",
  confusion_hint: "행은 맞는 답(합의 또는 결정), 열은 그 사람이 답한 것입니다.",
  confusion_most: "가장 많은 클래스 {n}개만 표시합니다.",
  confusion_most_one: "가장 많은 클래스만 표시합니다.",
  confusion_of: "{name} 님이 혼동하는 것",
  confusion_corner: "맞는 답",
  confusion_cell: "{consensus}를 {said}(으)로 {n}번",
  confusion_right: "{n}개 중 {value} 맞음",

  // Disputed samples.
  disputed_title: "의견이 갈린 샘플",
  disputed_none: "의견이 일치하거나 모두 결정되었습니다.",
  disputed_some: "샘플 {n}개에서 의견이 갈렸습니다. 가장 불확실한 것부터입니다.",
  disputed_some_one: "샘플 1개에서 의견이 갈렸습니다.",
  disputed_most: "샘플 {n}개에서 의견이 갈렸습니다. 가장 불확실한 {shown}개입니다.",
  decide: "결정하기",
  decide_one: "이 샘플 결정하기. {said}",
  consensus: "합의: {name}, {value}",

  // Doubtful labels.
  doubtful_title: "의심스러운 라벨",
  doubtful_waiting: "모델이 모든 라벨을 비교하는 중…",
  doubtful_none: "모델이 라벨 {judged}개 중 의심하는 것이 없습니다.",
  doubtful_some: "모델이 라벨 {judged}개 중 {n}개를 의심합니다. 맞다고 하거나, 열어서 결정하세요.",
  doubtful_some_one: "모델이 라벨 {judged}개 중 1개를 의심합니다. 맞다고 하거나, 열어서 결정하세요.",
  doubtful_most: "모델이 라벨 {judged}개 중 {n}개를 의심합니다. 가장 의심스러운 {shown}개입니다.",
  doubtful_open: "결정하기: {who}의 답은 {name}, 모델은 {suggested}",
  doubtful_right: "{who}의 {name}: 맞음",

  // The search for a better head.
  search_title: "더 나은 모델",
  search_hint: "더 나은 설정을 찾는 데 1분쯤 걸리며 그동안에도 라벨링할 수 있습니다. 확실히 나을 때만 사용됩니다.",
  search_start: "더 나은 모델 찾기",
  search_stop: "찾기 중지",
  search_running: "찾는 중…",
};
