"""The search grams of a text, the authored keyword table and the trained model, by example."""

import random
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from civics.language import CategoryModel, KeywordTable, bigrams, lone_characters, query_bigrams

TOPICS = {
    "道路": ["路面", "坑洼", "道路", "破损", "井盖", "缺失", "人行道", "塌陷", "沥青", "修补"],
    "噪音": ["噪音", "扰民", "半夜", "施工", "吵闹", "音响", "睡眠", "广场舞", "烧烤", "夜宵"],
    "学校": ["学校", "老师", "补课", "学生", "入学", "学区", "教育局", "家长", "课后", "食堂"],
}


def written(seed: int, number: int = 60) -> tuple[list[str], list[str]]:
    chance = random.Random(seed)
    texts, labels = [], []
    for index in range(number):
        label = list(TOPICS)[index % 3]
        texts.append("，".join(chance.choices(TOPICS[label], k=6)) + "，请处理")
        labels.append(label)
    return texts, labels


@pytest.fixture(scope="module")
def model() -> CategoryModel:
    return CategoryModel.fit(*written(1))


class TestGrams:
    def test_chinese_becomes_pairs_and_other_words_stay_whole(self):
        assert bigrams("小区门口积水") == ["小区", "区门", "门口", "口积", "积水"]
        assert bigrams("A3区 Metro6号线, Wi-Fi") == ["a3", "metro6", "号线", "wi", "fi"]

    def test_single_characters_of_a_query_are_told_apart(self):
        assert lone_characters("排水 堵") == ["堵"]
        assert lone_characters("堵，a 3 井、堵") == ["堵", "井"]
        assert lone_characters("排水") == []

    def test_each_gram_comes_once_in_the_order_of_the_text(self):
        assert bigrams("积水，又积水") == ["积水", "又积"]

    def test_punctuation_and_line_ends_separate(self):
        assert bigrams("积水\n门口。") == ["积水", "门口"]

    def test_width_and_case_do_not_matter(self):
        assert bigrams("ＡＢＣ１２３") == bigrams("abc123") == ["abc123"]

    def test_other_alphabets_are_words(self):
        assert bigrams("Rua da Felicidade São") == ["rua", "da", "felicidade", "são"]

    def test_nothing_gives_nothing(self):
        assert bigrams("") == bigrams(" ，。 ") == query_bigrams("") == []

    def test_one_character_cannot_be_asked_for(self):
        assert query_bigrams("水") == []

    @pytest.mark.parametrize("query", ["积水", "门口 积水", "a3 积水", "积水 2024", "Ａ３"])
    def test_what_a_query_asks_for_is_in_a_text_that_answers_it(self, query):
        assert set(query_bigrams(query)) <= set(bigrams("A3区小区门口积水严重，2024年起"))

    def test_a_query_does_not_find_a_text_without_its_words(self):
        assert not set(query_bigrams("内涝")) <= set(bigrams("小区门口积水严重"))


class TestKeywords:
    rows = [
        ("道路", "井盖", 3),
        ("道路", "路面", 1),
        ("噪音", "吵", 1),
        ("学校", "学校", 2),
        ("噪音", "施工", 1),
    ]

    def test_the_heaviest_keywords_decide(self):
        (first, chance), (_, less) = KeywordTable(self.rows).suggest("学校门口的井盖没了")
        assert first == "道路" and chance > less > 0

    def test_probabilities_add_up_to_one_over_all_labels(self):
        answer = KeywordTable(self.rows).suggest("学校施工太吵", n=9)
        assert sum(chance for _, chance in answer) == pytest.approx(1)
        assert next(label for label, _ in answer) == "噪音"

    def test_without_a_keyword_all_labels_are_equally_likely(self):
        assert KeywordTable(self.rows).suggest("你好", n=3) == [
            ("道路", 1 / 3),
            ("噪音", 1 / 3),
            ("学校", 1 / 3),
        ]

    def test_words_of_the_title_count_more(self):
        table = KeywordTable([("甲", "路灯", 1), ("乙", "井盖", 1)])
        assert table.suggest("井盖坏了" + "。" + "很" * 40 + "路灯")[0][0] == "乙"
        assert table.suggest("路灯坏了" + "。" + "很" * 40 + "井盖")[0][0] == "甲"

    def test_spaces_in_the_text_do_not_hide_a_keyword(self):
        assert KeywordTable(self.rows).suggest("井 盖 缺失")[0][0] == "道路"

    @pytest.mark.parametrize(
        "rows", [[], [("", "a", 1)], [("a", " ", 1)], [("a", "b", 0)], [("a", "b", float("nan"))]]
    )
    def test_a_faulty_table_is_refused(self, rows):
        with pytest.raises(ValueError, match="keyword table"):
            KeywordTable(rows)


class TestModel:
    def test_it_learns_what_it_was_shown(self, model):
        texts, labels = written(2)
        assert [model.suggest(text)[0][0] for text in texts] == labels

    def test_two_suggestions_come_best_first_with_probabilities(self, model):
        answer = model.suggest("半夜施工噪音扰民")
        assert len(answer) == 2 and answer[0][0] == "噪音"
        assert 1 >= answer[0][1] >= answer[1][1] >= 0
        assert all(type(chance) is float and type(label) is str for label, chance in answer)

    def test_all_probabilities_add_up_to_one(self, model):
        assert sum(chance for _, chance in model.suggest("井盖", n=99)) == pytest.approx(1)

    def test_segmented_and_raw_text_get_nearly_the_same_answer(self, model):
        raw, cut = model.suggest("道路破损，井盖缺失！"), model.suggest("道路 破损 井盖 缺失")
        assert raw[0][0] == cut[0][0] and raw[0][1] == pytest.approx(cut[0][1], abs=0.02)

    @pytest.mark.parametrize("text", ["", "  \n", "!!!", "αβγ"])
    def test_a_text_that_says_nothing_is_answered_by_how_frequent_labels_were(self, text):
        texts, labels = written(1)
        model = CategoryModel.fit([*texts, *texts[:1]], [*labels, labels[0]])
        assert model.suggest(text)[0][0] == labels[0]
        assert model.suggest(text)[0][1] < 0.4

    def test_few_known_words_make_it_less_sure(self, model):
        assert model.suggest("噪")[0][1] < model.suggest("半夜施工噪音扰民，影响睡眠，音响吵闹")[0][1]

    def test_a_very_long_or_odd_text_is_answered(self, model):
        assert model.suggest("噪音" * 100_000)[0][0] == "噪音"
        assert model.suggest("噪音扰民\ud800\x00🚧𠮷")[0][0] == "噪音"

    def test_learning_twice_gives_the_same_model(self, model):
        again = CategoryModel.fit(*written(1))
        texts, _ = written(3)
        assert [again.suggest(text) for text in texts] == [model.suggest(text) for text in texts]

    @pytest.mark.parametrize(
        ("texts", "labels", "fault"),
        [
            ([], [], "no texts"),
            (["a"], ["x", "y"], "1 texts but 2 labels"),
            (["甲乙", "甲乙"], ["x", "x"], "only one label"),
            (["甲乙", "甲乙"], ["x", ""], "not empty"),
            (["甲乙", None], ["x", "y"], "must be a string"),
            (["甲乙", "丙丁"], ["x", "y"], "nothing to learn"),
            (["", ""], ["x", "y"], "nothing to learn"),
        ],
    )
    def test_what_cannot_be_learned_is_refused(self, texts, labels, fault):
        with pytest.raises(ValueError, match=fault):
            CategoryModel.fit(texts, labels)

    def test_asking_for_no_suggestion_is_refused(self, model):
        with pytest.raises(ValueError, match="at least 1"):
            model.suggest("噪音", n=0)


class TestFile:
    def test_a_loaded_model_answers_exactly_as_the_saved_one(self, model, tmp_path):
        model.save(tmp_path / "model")
        loaded = CategoryModel.load(tmp_path / "model")
        texts, _ = written(4)
        assert [loaded.suggest(t, 3) for t in ["", *texts]] == [model.suggest(t, 3) for t in ["", *texts]]
        assert [path.name for path in tmp_path.iterdir()] == ["model"]

    def test_answering_needs_neither_scipy_nor_scikit_learn(self, model, tmp_path):
        model.save(tmp_path / "model")
        code = (
            "import sys; from civics.language import CategoryModel; from civics.nearness import NearnessIndex, compare;"
            f"CategoryModel.load({str(tmp_path / 'model')!r}).suggest('噪音扰民'); compare('积水', '积水');"
            "index = NearnessIndex(); index.add(1, '积水'); index.nearest('积水');"
            "sys.exit(len({'scipy', 'sklearn'} & set(sys.modules)))"
        )
        path = [folder for folder in sys.path if folder]
        done = subprocess.run(
            [sys.executable, "-c", f"import sys; sys.path[:0] = {path!r}; {code}"], check=False
        )
        assert done.returncode == 0

    def test_a_missing_file_is_said_to_be_missing(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            CategoryModel.load(tmp_path / "model")

    @pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 broken", b"\x80\x04\x95."])
    def test_a_foreign_file_is_refused(self, content, tmp_path):
        (tmp_path / "model").write_bytes(content)
        with pytest.raises(ValueError, match="not a usable category model"):
            CategoryModel.load(tmp_path / "model")

    def test_a_damaged_file_is_refused_wherever_it_is_damaged(self, model, tmp_path):
        path = tmp_path / "model"
        model.save(path)
        whole = path.read_bytes()
        for part in range(1, 20):
            path.write_bytes(whole[: len(whole) * part // 20])
            with pytest.raises(ValueError, match="not a usable category model"):
                CategoryModel.load(path)

    def test_a_flipped_byte_in_the_weights_is_noticed(self, model, tmp_path):
        path = tmp_path / "model"
        model.save(path)
        with zipfile.ZipFile(path) as archive:
            part = archive.getinfo("weights.npy")
        content = bytearray(path.read_bytes())
        content[part.header_offset + part.compress_size // 2 + 60] ^= 0xFF
        path.write_bytes(content)
        with pytest.raises(ValueError, match="not a usable category model"):
            CategoryModel.load(path)

    def test_a_pickle_inside_is_never_opened(self, tmp_path):
        with (tmp_path / "model").open("wb") as out:
            np.savez(out, head=np.array([{"format": "?"}], dtype=object))
        with pytest.raises(ValueError, match="not a usable category model"):
            CategoryModel.load(tmp_path / "model")
